package io.apfa.realtime.e2e;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs tokens for nodes that ask for them. Immutable. */
final class Tokens {
  private static final String SECRET = "a secret of more than thirty-two characters";
  private static final int VALID_SECONDS = 600;

  private Tokens() {}

  /** What has a node ask for our tokens. */
  static Map<String, String> required() {
    return Map.of("APFA_AUTH_MODE", "jwt", "APFA_AUTH_JWT_SECRET", SECRET);
  }

  /** A token of {@code user} in {@code role}, for all rooms. */
  static String of(String user, String role) {
    JsonObject claims =
        new JsonObject()
            .put("sub", user)
            .put("roles", new JsonArray().add(role))
            .put("rooms", new JsonArray().add("*"))
            .put("exp", System.currentTimeMillis() / 1000 + VALID_SECONDS);
    String signed = base64("{\"alg\":\"HS256\"}") + "." + base64(claims.encode());
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return signed + "." + base64(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
