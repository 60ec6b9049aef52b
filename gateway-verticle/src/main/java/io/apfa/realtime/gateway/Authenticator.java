package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.runtime.Clock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides who a client is. With {@code auth.mode} {@code none} everyone is {@link Identity#ANYONE};
 * with {@code jwt} a token says so, from the {@code Authorization} header, from the session cookie,
 * or from the headers of a bridge frame, never from a URL.
 *
 * <p>Confined to its verticle's context.
 */
public final class Authenticator {
  /** Name of the session cookie. */
  public static final String COOKIE = "apfa_session";

  private static final String BEARER = "Bearer ";

  private final GatewayOptions.Auth options;
  private final Clock clock;
  private JwtVerifier verifier;

  /**
   * What became of a token.
   *
   * @param identity whose it is; null = refused
   * @param disconnect how a session that brought it ends
   */
  public record Verdict(@Nullable Identity identity, Disconnect disconnect, String reason) {}

  public Authenticator(GatewayOptions.Auth options, Clock clock) {
    this.options = options;
    this.clock = clock;
    this.verifier =
        new JwtVerifier(
            options.secret().isEmpty() ? List.of() : List.of(JwtKey.ofSecret(options.secret())),
            options.issuer(),
            options.audience());
  }

  /** Whether a token is required at all. */
  public boolean isRequired() {
    return options.required();
  }

  /** Where the page sends who has no token; empty = it asks for one. */
  public String loginUrl() {
    return options.loginUrl();
  }

  /** Verifies with {@code keys} from now on. */
  void useKeys(List<JwtKey> keys) {
    verifier = new JwtVerifier(keys, options.issuer(), options.audience());
  }

  /** Whether the key that signed {@code identity}'s token is still one of ours. */
  boolean isStillValid(Identity identity) {
    return !options.required() || verifier.hasKey(identity.keyId());
  }

  /** Looks at {@code token}. */
  public Verdict verify(String token) {
    if (!options.required()) {
      return new Verdict(Identity.ANYONE, Disconnect.UNAUTHORIZED, "");
    }
    try {
      Identity identity = verifier.verify(token, clock.millis());
      return new Verdict(identity, Disconnect.UNAUTHORIZED, "");
    } catch (JwtVerifier.InvalidTokenException e) {
      return new Verdict(
          null,
          e.isExpired() ? Disconnect.TOKEN_EXPIRED : Disconnect.UNAUTHORIZED,
          String.valueOf(e.getMessage()));
    }
  }

  /** The token of an {@code Authorization} value; null when there is none. */
  public @Nullable String tokenOf(@Nullable String authorization) {
    boolean bearer =
        authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
    return bearer && authorization != null ? authorization.substring(BEARER.length()).trim() : null;
  }

  /**
   * The CSRF token that belongs to a session cookie. Whoever can make the browser send the cookie
   * without reading it cannot know this.
   */
  public static String csrfTokenOf(String cookie) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(("csrf:" + cookie).getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
