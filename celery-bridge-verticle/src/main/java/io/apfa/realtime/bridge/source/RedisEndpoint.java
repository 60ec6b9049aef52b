package io.apfa.realtime.bridge.source;

import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisRole;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is, as Celery's broker URLs say it: {@code redis://user:password@host:6379/0},
 * {@code rediss://…?ssl_cert_reqs=none&ssl_ca_certs=FILE}, {@code
 * sentinel://host:26379/0?master=NAME} with more hosts after {@code ,} or (Celery's way) {@code
 * ;sentinel://}.
 *
 * <p>Immutable.
 */
public final class RedisEndpoint {
  private static final int DEFAULT_PORT = 6379;
  private static final int DEFAULT_SENTINEL_PORT = 26379;
  private static final int CONNECT_TIMEOUT_MILLIS = 3000;
  private static final int POOL_SIZE = 12;
  private static final int MAX_WAITING = 4096;

  private final boolean tls;
  private final @Nullable String masterName;
  private final List<SocketAddress> addresses;
  private final @Nullable String user;
  private final @Nullable String password;
  private final int db;
  private final Map<String, String> query;

  private RedisEndpoint(
      boolean tls,
      @Nullable String masterName,
      List<SocketAddress> addresses,
      @Nullable String user,
      @Nullable String password,
      int db,
      Map<String, String> query) {
    this.tls = tls;
    this.masterName = masterName;
    this.addresses = List.copyOf(addresses);
    this.user = user;
    this.password = password;
    this.db = db;
    this.query = Map.copyOf(query);
  }

  /** Whether {@code url} is one of a Redis. */
  public static boolean isRedis(String url) {
    return url.startsWith("redis://")
        || url.startsWith("rediss://")
        || url.startsWith("sentinel://");
  }

  /**
   * Reads {@code url}.
   *
   * @throws IllegalArgumentException saying what was expected, without the URL's password
   */
  public static RedisEndpoint parse(String url) {
    boolean sentinel = url.startsWith("sentinel://");
    String joined = url.replace(";sentinel://", ",");
    int authorityFrom = joined.indexOf("://") + 3;
    int authorityTo = joined.length();
    for (char end : new char[] {'/', '?'}) {
      int at = joined.indexOf(end, authorityFrom);
      authorityTo = at >= 0 ? Math.min(at, authorityTo) : authorityTo;
    }
    try {
      URI rest = URI.create("x://x" + joined.substring(authorityTo));
      Map<String, String> query = queryOf(rest.getRawQuery());
      String path = rest.getPath() == null ? "" : rest.getPath().replace("/", "");
      int db = Integer.parseInt(path.isEmpty() ? query.getOrDefault("virtual_host", "0") : path);
      String authority = joined.substring(authorityFrom, authorityTo);
      int at = authority.lastIndexOf('@');
      String login = at < 0 ? "" : authority.substring(0, at);
      int colon = login.indexOf(':');
      String user = colon < 0 ? "" : decoded(login.substring(0, colon));
      String password = decoded(colon < 0 ? login : login.substring(colon + 1));
      String master = query.getOrDefault("master", query.getOrDefault("master_name", ""));
      if (sentinel && master.isEmpty()) {
        throw new IllegalArgumentException("no master");
      }
      return new RedisEndpoint(
          url.startsWith("rediss://"),
          sentinel ? master : null,
          addressesOf(authority.substring(at + 1), sentinel),
          user.isEmpty() ? null : user,
          password.isEmpty() ? null : password,
          db,
          query);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "broker URL (expected: redis://[user:password@]host:port/DB, rediss://… or"
              + " sentinel://host:port/DB?master=NAME)",
          e);
    }
  }

  /** Number of the database; part of Celery's channel names. */
  public int db() {
    return db;
  }

  @Nullable String user() {
    return user;
  }

  @Nullable String password() {
    return password;
  }

  /** The master's name when Sentinel must be asked for its address. */
  @Nullable String masterName() {
    return masterName;
  }

  /** The server, or the sentinels. */
  List<SocketAddress> addresses() {
    return addresses;
  }

  /** How to connect, without TLS for sentinels. */
  NetClientOptions netOptions() {
    NetClientOptions options =
        new NetClientOptions()
            .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true)
            .setHostnameVerificationAlgorithm("");
    if (tls) {
      ClientTls.of(query).applyTo(options);
    }
    return options;
  }

  /** Options of a client that sends commands. */
  RedisOptions clientOptions() {
    RedisOptions options =
        new RedisOptions()
            .setNetClientOptions(netOptions())
            .setProtocolNegotiation(false)
            .setMaxPoolSize(POOL_SIZE)
            .setMaxPoolWaiting(MAX_WAITING)
            .setMaxWaitingHandlers(MAX_WAITING);
    for (SocketAddress address : addresses) {
      options.addConnectionString(connectionString(address));
    }
    if (masterName != null) {
      options.setType(RedisClientType.SENTINEL).setMasterName(masterName).setRole(RedisRole.MASTER);
    }
    return options;
  }

  private String connectionString(SocketAddress address) {
    String login =
        password == null ? "" : encoded(user == null ? "" : user) + ":" + encoded(password) + "@";
    return (tls ? "rediss://" : "redis://")
        + login
        + address.host()
        + ":"
        + address.port()
        + "/"
        + db;
  }

  /** The endpoint for logs: without user and password. */
  @Override
  public String toString() {
    SocketAddress first = addresses.get(0);
    String scheme = masterName != null ? "sentinel" : tls ? "rediss" : "redis";
    return scheme + "://" + first.host() + ":" + first.port() + "/" + db;
  }

  private static List<SocketAddress> addressesOf(String hosts, boolean sentinel) {
    List<SocketAddress> addresses = new ArrayList<>();
    for (String host : hosts.split(",", -1)) {
      String bare = host.substring(host.lastIndexOf('@') + 1);
      int colon = bare.lastIndexOf(':') > bare.lastIndexOf(']') ? bare.lastIndexOf(':') : -1;
      String name = colon < 0 ? bare : bare.substring(0, colon);
      int port =
          colon < 0
              ? sentinel ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT
              : Integer.parseInt(bare.substring(colon + 1));
      addresses.add(SocketAddress.inetSocketAddress(port, name.isEmpty() ? "localhost" : name));
    }
    return addresses;
  }

  /** The parameters of a URL's raw query. */
  static Map<String, String> queryOf(@Nullable String raw) {
    Map<String, String> query = new HashMap<>();
    for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        query.put(pair.substring(0, equals), decoded(pair.substring(equals + 1)));
      }
    }
    return query;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
