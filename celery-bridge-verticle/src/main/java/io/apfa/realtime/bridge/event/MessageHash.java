package io.apfa.realtime.bridge.event;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The name of a message in a feed position: the first 128 bits of the SHA-256 of its bytes. All
 * bridges hear the same bytes, so it means the same to each of them. Immutable.
 */
public final class MessageHash {
  private static final int HASH_BYTES = 16;

  private MessageHash() {}

  /** 32 hex digits that name {@code bytes}. */
  public static String of(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 (expected: every JDK has it)", e);
    }
  }
}
