package io.apfa.realtime.gateway.transport;

import java.security.SecureRandom;
import java.util.Base64;

/** Unguessable session ids: 128 random bits. Thread-safe: its source is. */
final class SessionIds {
  private static final SecureRandom RANDOM = new SecureRandom();

  private SessionIds() {}

  static String next() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
