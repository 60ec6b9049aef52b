package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apfa.realtime.protocol.Times;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one event while it is read: an event's type comes last on the wire, so what they
 * mean is only known at the end. Reused from event to event. Confined to its decoder.
 */
final class EventFields {
  /** Loads kept of {@code loadavg}: 1, 5 and 15 minutes. */
  private static final int LOADS = 3;

  @Nullable String type;
  @Nullable String uuid;
  @Nullable String hostname;
  @Nullable String name;
  @Nullable String args;
  @Nullable String kwargs;
  @Nullable String rootId;
  @Nullable String parentId;
  @Nullable String queue;
  @Nullable String result;
  @Nullable String exception;
  @Nullable String traceback;
  @Nullable String swIdent;
  @Nullable String swVer;
  @Nullable String swSys;
  double timestamp;
  double runtime;
  double freq;
  long pid;
  long clock;
  long processed;
  long active;
  long retries;
  long etaMillis;
  long expiresMillis;
  List<Double> loadavg = List.of();

  /** Whether names are shared, and reprs cut and redacted, already. */
  boolean shown;

  void clear() {
    type = null;
    uuid = null;
    hostname = null;
    name = null;
    args = null;
    kwargs = null;
    rootId = null;
    parentId = null;
    queue = null;
    result = null;
    exception = null;
    traceback = null;
    swIdent = null;
    swVer = null;
    swSys = null;
    timestamp = Double.NaN;
    runtime = Double.NaN;
    freq = Double.NaN;
    pid = -1;
    clock = -1;
    processed = -1;
    active = -1;
    retries = -1;
    etaMillis = Times.UNKNOWN_MILLIS;
    expiresMillis = Times.UNKNOWN_MILLIS;
    loadavg = List.of();
    shown = false;
  }

  /** Reads the value at the parser as field {@code field}; an unknown one is skipped. */
  void read(String field, JsonParser in) throws IOException {
    switch (field) {
      case "type" -> type = string(in);
      case "uuid" -> uuid = id(in);
      case "hostname" -> hostname = string(in);
      case "name" -> name = string(in);
      case "args" -> args = Json.textOf(in);
      case "kwargs" -> kwargs = Json.textOf(in);
      case "root_id" -> rootId = id(in);
      case "parent_id" -> parentId = id(in);
      case "queue" -> queue = string(in);
      case "result" -> result = Json.textOf(in);
      case "exception" -> exception = Json.textOf(in);
      case "traceback" -> traceback = Json.textOf(in);
      case "sw_ident" -> swIdent = string(in);
      case "sw_ver" -> swVer = string(in);
      case "sw_sys" -> swSys = string(in);
      case "timestamp" -> timestamp = number(in);
      case "runtime" -> runtime = number(in);
      case "freq" -> freq = number(in);
      case "pid" -> pid = count(in);
      case "clock" -> clock = count(in);
      case "processed" -> processed = count(in);
      case "active" -> active = count(in);
      case "retries" -> retries = count(in);
      case "eta" -> etaMillis = time(in);
      case "expires" -> expiresMillis = time(in);
      case "loadavg" -> loadavg = loads(in);
      default -> in.skipChildren();
    }
  }

  private static @Nullable String string(JsonParser in) throws IOException {
    if (in.currentToken() == JsonToken.VALUE_STRING) {
      return in.getText();
    }
    in.skipChildren();
    return null;
  }

  /** A task's id: Celery takes any {@code task_id}, also a whole number. */
  private static @Nullable String id(JsonParser in) throws IOException {
    return in.currentToken() == JsonToken.VALUE_NUMBER_INT ? in.getText() : string(in);
  }

  private static double number(JsonParser in) throws IOException {
    if (in.currentToken().isNumeric()) {
      return in.getDoubleValue();
    }
    in.skipChildren();
    return Double.NaN;
  }

  /** A whole number from 0 on; -1 for anything else. */
  private static long count(JsonParser in) throws IOException {
    return wholeNumber(number(in));
  }

  /** The whole part of a number from 0 on; -1 for anything else. */
  static long wholeNumber(double value) {
    return value >= 0 && value < Long.MAX_VALUE ? (long) value : -1;
  }

  /** Python's {@code isoformat()}, or epoch seconds; naive times are UTC, as Celery's are. */
  private static long time(JsonParser in) throws IOException {
    if (in.currentToken() != JsonToken.VALUE_STRING) {
      return Times.fromEpochSeconds(number(in));
    }
    return isoMillis(in.getText());
  }

  static long isoMillis(String text) {
    try {
      boolean zoned = text.endsWith("Z") || text.lastIndexOf('+') > 0 || text.lastIndexOf('-') > 9;
      long millis =
          zoned
              ? OffsetDateTime.parse(text).toInstant().toEpochMilli()
              : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC).toEpochMilli();
      return millis < 0 ? Times.UNKNOWN_MILLIS : millis;
    } catch (DateTimeException | ArithmeticException e) {
      return Times.UNKNOWN_MILLIS;
    }
  }

  private static List<Double> loads(JsonParser in) throws IOException {
    if (in.currentToken() != JsonToken.START_ARRAY) {
      in.skipChildren();
      return List.of();
    }
    List<Double> loads = new ArrayList<>(LOADS);
    while (in.nextToken() != JsonToken.END_ARRAY) {
      double load = number(in);
      if (loads.size() < LOADS) {
        loads.add(load);
      }
    }
    return loads;
  }
}
