package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.protocol.UserRole;
import io.apfa.realtime.protocol.client.JsonMembers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JSON Web Tokens (RFC 7519, RFC 7515): HS256 by a secret, RS256 and ES256 by the keys of
 * a JWK set. The algorithm is the key's, never the token's choice; {@code none} is not known at
 * all.
 *
 * <p>Immutable.
 */
final class JwtVerifier {
  /** Longest token that is looked at, in characters. */
  static final int MAX_TOKEN_LENGTH = 8192;

  /** How far clocks may differ for {@code nbf}. */
  private static final long LEEWAY_MILLIS = 30_000;

  private final List<JwtKey> keys;
  private final String issuer;
  private final String audience;

  /** A token that is not valid, and whether only its time is over. */
  static final class InvalidTokenException extends Exception {
    private final boolean expired;

    InvalidTokenException(String message, boolean expired) {
      super(message, null, false, false);
      this.expired = expired;
    }

    boolean isExpired() {
      return expired;
    }
  }

  JwtVerifier(List<JwtKey> keys, String issuer, String audience) {
    this.keys = List.copyOf(keys);
    this.issuer = issuer;
    this.audience = audience;
  }

  /** Whether there is a key named {@code keyId}. */
  boolean hasKey(String keyId) {
    return keys.stream().anyMatch(key -> key.id().equals(keyId));
  }

  /** Who {@code token} says its bearer is. */
  Identity verify(String token, long nowMillis) throws InvalidTokenException {
    String[] parts = token.split("\\.", -1);
    if (token.length() > MAX_TOKEN_LENGTH || parts.length != 3) {
      throw new InvalidTokenException("token: not a signed JWT", false);
    }
    try {
      JsonMembers header = JsonMembers.parse(text(parts[0]));
      JwtKey key = key(header.text("alg"), header.text("kid"));
      byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
      if (key == null
          || header.has("crit")
          || !isSignature(key, signed, Base64.getUrlDecoder().decode(parts[2]))) {
        throw new InvalidTokenException("token: signature not ours", false);
      }
      return identity(JsonMembers.parse(text(parts[1])), key.id(), nowMillis);
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw new InvalidTokenException("token: not a signed JWT", false);
    }
  }

  private @Nullable JwtKey key(@Nullable String algorithm, @Nullable String keyId) {
    for (JwtKey key : keys) {
      if (key.algorithm().equals(algorithm)
          && (keyId == null || key.id().isEmpty() || key.id().equals(keyId))) {
        return key;
      }
    }
    return null;
  }

  private Identity identity(JsonMembers claims, String keyId, long nowMillis)
      throws InvalidTokenException {
    if (!issuer.isEmpty() && !issuer.equals(claims.text("iss"))) {
      throw new InvalidTokenException("token: iss not ours", false);
    }
    if (!audience.isEmpty() && !texts(claims, "aud", List.of()).contains(audience)) {
      throw new InvalidTokenException("token: aud not ours", false);
    }
    String user = claims.text("sub");
    if (user == null || user.isBlank() || user.length() > 255) {
      throw new InvalidTokenException("token: sub missing", false);
    }
    if (!claims.isNumber("exp")) {
      throw new InvalidTokenException("token: exp missing", false);
    }
    long expiresMillis = (long) (claims.real("exp", 0) * 1000);
    if (nowMillis >= expiresMillis) {
      throw new InvalidTokenException("token: expired", true);
    }
    if (claims.has("nbf") && nowMillis + LEEWAY_MILLIS < claims.real("nbf", 0) * 1000) {
      throw new InvalidTokenException("token: not valid yet", false);
    }
    UserRole role = UserRole.VIEWER;
    for (String word : texts(claims, "roles", List.of())) {
      UserRole named = UserRole.ofWord(word);
      if (named != null && named.compareTo(role) > 0) {
        role = named;
      }
    }
    return new Identity(user, role, texts(claims, "rooms", List.of("*")), expiresMillis, keyId);
  }

  private static List<String> texts(JsonMembers claims, String name, List<String> fallback) {
    if (!claims.has(name)) {
      return fallback;
    }
    return claims.isArray(name) ? claims.texts(name) : List.of(claims.requiredText(name));
  }

  private static boolean isSignature(JwtKey key, byte[] signed, byte[] signature)
      throws GeneralSecurityException {
    if (key.algorithm().equals(JwtKey.HS256)) {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key.key());
      return MessageDigest.isEqual(mac.doFinal(signed), signature);
    }
    Signature verifier =
        Signature.getInstance(
            key.algorithm().equals(JwtKey.RS256)
                ? "SHA256withRSA"
                : "SHA256withECDSAinP1363Format");
    verifier.initVerify((PublicKey) key.key());
    verifier.update(signed);
    return verifier.verify(signature);
  }

  private static String text(String base64) {
    return new String(Base64.getUrlDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
