package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.Authenticator;
import io.apfa.realtime.gateway.GatewayOptions;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.TokenBucket;
import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in: hosts, origins, connects per second, sessions per user and node, and the token
 * brought along. Every refusal is counted and costs little.
 *
 * <p>Confined to its verticle's context.
 */
public final class Door {
  private final GatewayOptions options;
  private final Authenticator authenticator;
  private final Hub hub;
  private final Ticker ticker;
  private final Consumer<String> refused;
  private final TokenBucket connects;
  private final Map<String, Integer> sessionsByUser = new HashMap<>();
  private boolean draining;
  private boolean admitting = true;

  /** What a client brought to its handshake. */
  public record Visitor(String remote, @Nullable String token) {}

  public Door(
      GatewayOptions options,
      Authenticator authenticator,
      Hub hub,
      Ticker ticker,
      Consumer<String> refused) {
    this.options = options;
    this.authenticator = authenticator;
    this.hub = hub;
    this.ticker = ticker;
    this.refused = refused;
    double perSecond = hub.limits().get(LimitKey.GATEWAY_CONNECTS_PER_SECOND);
    this.connects = new TokenBucket(perSecond, perSecond, ticker.nanos());
  }

  /** Lets nobody in any more. */
  public void drain() {
    draining = true;
  }

  /** Whether nobody is let in any more. */
  public boolean isDraining() {
    return draining;
  }

  /** Whether new sessions are taken, as the pressure loop says. */
  public void setAdmitting(boolean admit) {
    admitting = admit;
  }

  /** Other limits are in force. */
  public void applyLimits(Limits limits) {
    double perSecond = limits.get(LimitKey.GATEWAY_CONNECTS_PER_SECOND);
    connects.configure(perSecond, perSecond, ticker.nanos());
  }

  /** Whether the request's {@code Host} is one of ours: against DNS rebinding. */
  boolean isAllowedHost(HttpServerRequest request) {
    List<String> allowed = options.allowedHosts();
    if (allowed.isEmpty() || allowed.contains("*")) {
      return true;
    }
    String host = request.authority() == null ? "" : request.authority().host();
    String bare = host.startsWith("[") || host.indexOf(':') < 0 ? host : "[" + host + "]";
    return isCounted("host", allowed.contains(bare.toLowerCase(Locale.ROOT)));
  }

  /** Whether the request's {@code Origin} is absent, the page's own, or allowed. */
  boolean isAllowedOrigin(HttpServerRequest request) {
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (origin == null) {
      return true;
    }
    return isAllowedForeignOrigin(request) || isCounted("origin", isSameOrigin(origin, request));
  }

  /** Whether the request has an {@code Origin} that is allowed besides the page's own. */
  boolean isAllowedForeignOrigin(HttpServerRequest request) {
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    List<String> allowed = allowedOrigins();
    return origin != null && (allowed.contains("*") || allowed.contains(origin));
  }

  /** The origins besides the page's own; {@code *} = every one. */
  List<String> allowedOrigins() {
    return options.allowedOrigins();
  }

  private static boolean isSameOrigin(String origin, HttpServerRequest request) {
    try {
      URI uri = URI.create(origin);
      int port = uri.getPort() < 0 ? "https".equals(uri.getScheme()) ? 443 : 80 : uri.getPort();
      HostAndPort own = request.authority();
      if (own == null || uri.getHost() == null || !uri.getHost().equalsIgnoreCase(own.host())) {
        return false;
      }
      // Behind a proxy that ends TLS the Host header has no port: then any default one is ours.
      return own.port() < 0 ? uri.getPort() < 0 : own.port() == port;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether one more session may connect now. */
  boolean mayConnect() {
    if (draining || !admitting) {
      return isCounted(draining ? "draining" : "pressure", false);
    }
    return isCounted("connect-rate", connects.tryAcquire(1, ticker.nanos()));
  }

  /**
   * Refuses a handshake with {@code status} and cuts its connection: who is not let in shall not
   * hold a descriptor either.
   */
  static void turnAway(HttpServerRequest request, int status) {
    HttpServerResponse response = request.response().setStatusCode(status);
    if (status == 503) {
      response.putHeader("Retry-After", "1");
    }
    response
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .end()
        .onComplete(written -> request.connection().close());
  }

  /** Where the request comes from, and the token it brought. */
  Visitor visitor(HttpServerRequest request) {
    String bearer = authenticator.tokenOf(request.getHeader(HttpHeaders.AUTHORIZATION));
    Cookie cookie = request.getCookie(Authenticator.COOKIE);
    String token = bearer != null ? bearer : cookie == null ? null : cookie.getValue();
    return new Visitor(remote(request), token);
  }

  /** The client's address; behind a trusted proxy, the one that proxy names. */
  String remote(HttpServerRequest request) {
    SocketAddress peer = request.remoteAddress();
    String address = peer == null || peer.hostAddress() == null ? "" : peer.hostAddress();
    return options.trustedProxies().clientOf(address, request.getHeader("X-Forwarded-For"));
  }

  /**
   * Lets {@code session} in as who its token says, if there is room; else ends it with the code
   * that says why.
   */
  void admit(Session session, Visitor visitor) {
    Limits limits = hub.limits();
    if (hub.sessions().size() > limits.getInt(LimitKey.GATEWAY_SESSIONS_PER_NODE)) {
      refuse(session, Disconnect.TOO_MANY_SESSIONS);
      return;
    }
    String token = visitor.token();
    if (!authenticator.isRequired()) {
      session.authenticate(Identity.ANYONE, ticker.nanos());
    } else if (token != null) {
      Authenticator.Verdict verdict = authenticator.verify(token);
      Identity identity = verdict.identity();
      if (identity == null) {
        refuse(session, verdict.disconnect());
        return;
      }
      session.authenticate(identity, ticker.nanos());
    }
    count(session);
  }

  /** Counts an authenticated session for its user, once; ends it when the user has too many. */
  void count(Session session) {
    Identity identity = session.identity();
    if (identity == null || session.countedUser() != null) {
      return;
    }
    int open = sessionsByUser.getOrDefault(identity.user(), 0);
    Limits own = hub.policy().ofUser(identity.user(), identity.role());
    if (authenticator.isRequired() && open >= own.getInt(LimitKey.GATEWAY_SESSIONS_PER_USER)) {
      refuse(session, Disconnect.TOO_MANY_SESSIONS);
      return;
    }
    session.countFor(identity.user());
    sessionsByUser.put(identity.user(), open + 1);
  }

  /** A session is over. */
  void leave(Session session) {
    String user = session.countedUser();
    if (user != null) {
      sessionsByUser.merge(user, -1, (open, less) -> open + less <= 0 ? null : open + less);
    }
    hub.remove(session);
  }

  private void refuse(Session session, Disconnect disconnect) {
    refused.accept(disconnect.name().toLowerCase(Locale.ROOT));
    session.close(disconnect);
  }

  private boolean isCounted(String reason, boolean allowed) {
    if (!allowed) {
      refused.accept(reason);
    }
    return allowed;
  }
}
