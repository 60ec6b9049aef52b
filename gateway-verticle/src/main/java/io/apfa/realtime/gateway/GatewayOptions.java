package io.apfa.realtime.gateway;

import io.apfa.realtime.runtime.OptionsReader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway is told at its start.
 *
 * <p>Immutable.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 = any free one
 * @param certPath PEM file of the TLS certificate chain; null = plain HTTP
 * @param keyPath PEM file of its key
 * @param trustedProxies whose {@code X-Forwarded-For} is believed
 * @param allowedOrigins origins besides the page's own; {@code *} = any
 * @param allowedHosts names that may stand in {@code Host}; empty = any
 * @param auth who may come in
 * @param sources Celery apps served; the first is the one meant when none is named
 */
public record GatewayOptions(
    String host,
    int port,
    @Nullable String certPath,
    @Nullable String keyPath,
    TrustedProxies trustedProxies,
    List<String> allowedOrigins,
    List<String> allowedHosts,
    Auth auth,
    List<String> sources) {

  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");
  private static final List<String> LOOPBACK_NAMES = List.of("localhost", "127.0.0.1", "[::1]");

  /**
   * How a client proves who it is.
   *
   * @param required whether it must: {@code auth.mode} is {@code jwt}
   * @param secret HS256 secret; empty = none
   * @param jwks file or URL of a JWK set; empty = none
   * @param issuer required {@code iss}; empty = any
   * @param audience required in {@code aud}; empty = any
   * @param loginUrl where the page sends who has no token; empty = it asks for one
   */
  public record Auth(
      boolean required,
      String secret,
      String jwks,
      String issuer,
      String audience,
      String loginUrl) {
    /** Everyone may come in. */
    public static final Auth NONE = new Auth(false, "", "", "", "", "");

    @Override
    public String toString() {
      return "Auth[required=" + required + ", jwks=" + jwks + ", issuer=" + issuer + "]";
    }
  }

  public GatewayOptions {
    allowedOrigins = List.copyOf(allowedOrigins);
    allowedHosts = List.copyOf(allowedHosts);
    sources = List.copyOf(sources);
  }

  /** Reads the keys {@code gateway.*} and {@code auth.*}; problems are noted in {@code reader}. */
  public static GatewayOptions from(OptionsReader reader, List<String> sources) {
    String host = reader.text("gateway.http.host", "127.0.0.1");
    int port = reader.integer("gateway.http.port", 8080, 0, 65_535);
    String cert = file(reader, "gateway.http.tls.cert");
    String key = file(reader, "gateway.http.tls.key");
    if ((cert == null) != (key == null)) {
      reader.problem(
          cert == null ? "gateway.http.tls.cert" : "gateway.http.tls.key",
          "",
          "both the certificate and the key, or neither");
    }
    boolean required = reader.oneOf("auth.mode", "none", List.of("none", "jwt")).equals("jwt");
    if (!required && !LOOPBACK.contains(host)) {
      reader.problem(
          "auth.mode", "none", "jwt, because gateway.http.host is " + host + ", not loopback");
    }
    return new GatewayOptions(
        host,
        port,
        cert,
        key,
        trustedProxies(reader),
        reader.texts("gateway.allowed-origins", List.of()),
        reader.texts("gateway.allowed-hosts", required ? List.of() : LOOPBACK_NAMES),
        auth(reader, required),
        sources);
  }

  private static TrustedProxies trustedProxies(OptionsReader reader) {
    String key = "gateway.trusted-proxies";
    try {
      return TrustedProxies.of(reader.texts(key, List.of()));
    } catch (IllegalArgumentException e) {
      reader.problem(key, String.valueOf(e.getMessage()), TrustedProxies.EXPECTED);
      return TrustedProxies.NONE;
    }
  }

  private static Auth auth(OptionsReader reader, boolean required) {
    String secret = reader.text("auth.jwt.secret", "");
    String jwks = reader.text("auth.jwt.jwks", "");
    if (required && secret.isEmpty() == jwks.isEmpty()) {
      reader.problem("auth.jwt.secret", "…", "either auth.jwt.secret or auth.jwt.jwks");
    }
    if (required && !secret.isEmpty() && secret.length() < 32) {
      reader.problem("auth.jwt.secret", "…", "at least 32 characters");
    }
    String loginUrl = reader.text("auth.jwt.login-url", "");
    if (!loginUrl.isEmpty() && !loginUrl.matches("(https?:/)?/[^\\s\"<>]+")) {
      reader.problem("auth.jwt.login-url", loginUrl, "an http(s) URL, or a path of this host");
    }
    return new Auth(
        required,
        secret,
        jwks,
        reader.text("auth.jwt.issuer", ""),
        reader.text("auth.jwt.audience", ""),
        loginUrl);
  }

  private static @Nullable String file(OptionsReader reader, String key) {
    String path = reader.text(key, "");
    if (path.isEmpty()) {
      return null;
    }
    try {
      if (Files.isReadable(Path.of(path))) {
        return path;
      }
    } catch (InvalidPathException e) {
      // reported below, with every file that cannot be read
    }
    reader.problem(key, path, "a readable PEM file");
    return null;
  }
}
