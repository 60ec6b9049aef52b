package io.apfa.realtime.launcher.demo;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Epoch milliseconds as Python's isoformat() of a UTC time without a zone. Thread-safe. */
final class IsoTime {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

  private IsoTime() {}

  static String utc(long millis) {
    return FORMAT.format(Instant.ofEpochMilli(millis));
  }
}
