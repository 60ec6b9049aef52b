package io.apfa.realtime.gateway;

import io.apfa.realtime.protocol.client.JsonMembers;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;

/**
 * One key that may have signed a token.
 *
 * <p>Immutable.
 *
 * @param id its {@code kid}; empty = it has none
 * @param algorithm the one algorithm it is for
 */
record JwtKey(String id, String algorithm, Key key) {
  static final String HS256 = "HS256";
  static final String RS256 = "RS256";
  static final String ES256 = "ES256";

  /** The key of a shared secret. */
  static JwtKey ofSecret(String secret) {
    return new JwtKey(
        "", HS256, new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
  }

  /**
   * The signature keys of a JWK set (RFC 7517): RSA, EC P-256 and oct; others are passed over.
   *
   * @throws IllegalArgumentException when it is not a JWK set or a key in it is malformed
   */
  static List<JwtKey> ofSet(String json) {
    String array = JsonMembers.parse(json).json("keys");
    List<JwtKey> keys = new ArrayList<>();
    for (JsonMembers jwk : JsonMembers.parseObjects(array == null ? "" : array)) {
      String use = jwk.text("use");
      if (use != null && !use.equals("sig")) {
        continue;
      }
      String id = jwk.text("kid") == null ? "" : jwk.requiredText("kid");
      try {
        switch (jwk.requiredText("kty")) {
          case "RSA" -> keys.add(new JwtKey(id, RS256, rsa(jwk)));
          case "EC" -> {
            if ("P-256".equals(jwk.text("crv"))) {
              keys.add(new JwtKey(id, ES256, ec(jwk)));
            }
          }
          case "oct" ->
              keys.add(new JwtKey(id, HS256, new SecretKeySpec(bytes(jwk, "k"), "HmacSHA256")));
          default -> {
            // a kind of key we do not verify with
          }
        }
      } catch (GeneralSecurityException e) {
        throw new IllegalArgumentException("JWK set: key " + id + " is malformed", e);
      }
    }
    return keys;
  }

  private static Key rsa(JsonMembers jwk) throws GeneralSecurityException {
    return KeyFactory.getInstance("RSA")
        .generatePublic(new RSAPublicKeySpec(number(jwk, "n"), number(jwk, "e")));
  }

  private static Key ec(JsonMembers jwk) throws GeneralSecurityException {
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec("secp256r1"));
    return KeyFactory.getInstance("EC")
        .generatePublic(
            new ECPublicKeySpec(
                new ECPoint(number(jwk, "x"), number(jwk, "y")),
                curve.getParameterSpec(ECParameterSpec.class)));
  }

  private static BigInteger number(JsonMembers jwk, String name) {
    return new BigInteger(1, bytes(jwk, name));
  }

  private static byte[] bytes(JsonMembers jwk, String name) {
    return Base64.getUrlDecoder().decode(jwk.requiredText(name));
  }
}
