package io.apfa.realtime.runtime.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A Lua script of the Redis store, from the file of its name beside this class.
 *
 * <p>Immutable.
 *
 * @param name of its file, without {@code .lua}
 * @param text what Redis runs
 * @param sha what Redis calls it once it has it
 */
record LuaScript(String name, String text, String sha) {

  /** Reads a script. */
  static LuaScript load(String name) {
    try (InputStream file = LuaScript.class.getResourceAsStream(name + ".lua")) {
      if (file == null) {
        throw new IllegalStateException(name + ".lua: not found (expected: beside LuaScript)");
      }
      byte[] bytes = file.readAllBytes();
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      return new LuaScript(name, text, HexFormat.of().formatHex(digest));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-1 (expected: in every JDK)", e);
    }
  }
}
