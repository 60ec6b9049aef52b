package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.Times;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON body of an event message, an event or a list of events, into records, without
 * building a tree. One bad event of a list costs only itself; where the text itself breaks off, the
 * events before are kept.
 *
 * <p>{@code utcoffset} is ignored: {@code timestamp} is epoch seconds already (celery-wire.md
 * section 1). Texts are cut to bounds and redacted. Confined to one thread.
 */
public final class EventDecoder {
  /** Longest args, kwargs, result or exception kept, in UTF-16 units. */
  static final int MAX_TEXT_CHARS = 16 * 1024;

  /** Longest traceback, or progress of a custom event, kept, in UTF-16 units. */
  static final int MAX_LONG_TEXT_CHARS = 64 * 1024;

  /** Longest id, name or type, in UTF-16 units. */
  static final int MAX_NAME_CHARS = 512;

  /** Fields of every event, and so never a custom event's own. */
  private static final Set<String> COMMON =
      Set.of("type", "uuid", "hostname", "pid", "clock", "utcoffset", "timestamp");

  private static final Set<String> TASK_TYPES =
      Set.of(
          "task-sent",
          "task-received",
          "task-started",
          "task-succeeded",
          "task-failed",
          "task-retried",
          "task-revoked",
          "task-rejected");

  private final Redactor redactor;
  private final boolean quick;
  private final EventFields fields = new EventFields();
  private final TextCache names = new TextCache();
  private final PlainEvents plain =
      new PlainEvents(TASK_TYPES, names, new TextCache(), new TextCache(this::repr));
  private byte[] body = new byte[0];
  private boolean surrogates;

  public EventDecoder(Redactor redactor) {
    this(redactor, true);
  }

  /** One that reads plain events quickly, or leaves all to the JSON parser. */
  EventDecoder(Redactor redactor, boolean quick) {
    this.redactor = redactor;
    this.quick = quick;
  }

  /** Whether Celery itself sends task events of {@code type}. */
  public static boolean isBuiltIn(String type) {
    return TASK_TYPES.contains(type);
  }

  /** Decodes {@code json}, heard at {@code receivedMillis}, into {@code sink}. */
  public void decode(byte[] json, long receivedMillis, EventSink sink) {
    body = json;
    surrogates = false;
    try {
      int done = quick ? decodePlain(json, receivedMillis, sink) : 0;
      if (!plain.isWhole()) {
        surrogates = mayHaveSurrogates(json);
        decodeAfter(done, json, receivedMillis, sink);
      }
    } catch (IOException e) {
      sink.onMalformed(Malformed.BODY_SYNTAX, "not JSON");
    } finally {
      plain.end();
      body = new byte[0];
    }
  }

  /** Decodes the events that are plain, up to the first that is not, and returns their number. */
  private int decodePlain(byte[] json, long receivedMillis, EventSink sink) throws IOException {
    int done = 0;
    plain.begin(json);
    for (String type = plain.next(fields); type != null; type = plain.next(fields)) {
      decodeTaskEvent(type, 0, 0, receivedMillis, sink);
      done++;
    }
    return done;
  }

  /** Decodes what comes after the first {@code done} events. */
  private void decodeAfter(int done, byte[] json, long receivedMillis, EventSink sink)
      throws IOException {
    try (JsonParser in = Json.parser(json, 0, json.length)) {
      JsonToken token = in.nextToken();
      if (token == JsonToken.START_OBJECT) {
        decodeEvent(in, receivedMillis, sink);
      } else if (token == JsonToken.START_ARRAY) {
        int index = 0;
        while ((token = in.nextToken()) != JsonToken.END_ARRAY && token != null) {
          if (index++ < done) {
            in.skipChildren();
          } else if (token == JsonToken.START_OBJECT) {
            decodeEvent(in, receivedMillis, sink);
          } else {
            in.skipChildren();
            sink.onMalformed(Malformed.NOT_AN_EVENT, "a list item that is no object");
          }
        }
      } else {
        sink.onMalformed(Malformed.NOT_AN_EVENT, "neither an object nor a list");
      }
    }
  }

  private void decodeEvent(JsonParser in, long receivedMillis, EventSink sink) throws IOException {
    int from = (int) in.currentTokenLocation().getByteOffset();
    fields.clear();
    for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
      in.nextToken();
      fields.read(field, in);
    }
    String type = fields.type;
    if (type == null || type.length() > MAX_NAME_CHARS) {
      sink.onMalformed(Malformed.NO_TYPE, "no type (expected: a text)");
      return;
    }
    type = names.get(clean(type));
    if (type.startsWith("task-")) {
      int to = (int) in.currentLocation().getByteOffset();
      decodeTaskEvent(type, from, to, receivedMillis, sink);
    } else if (type.startsWith("worker-")) {
      decodeWorkerEvent(type, receivedMillis, sink);
    } else {
      sink.onIgnored(type);
    }
  }

  private void decodeTaskEvent(String type, int from, int to, long receivedMillis, EventSink sink)
      throws IOException {
    String uuid = fields.uuid;
    if (uuid == null || uuid.isEmpty() || uuid.length() > MAX_NAME_CHARS) {
      sink.onMalformed(Malformed.NO_UUID, Texts.quote(type, 64) + " without a uuid");
      return;
    }
    if (!hasSender(type, sink)) {
      return;
    }
    boolean custom = !isBuiltIn(type);
    EventFields f = fields;
    sink.onEvent(
        new CeleryEvent.TaskEvent(
            type,
            clean(uuid),
            hostname(),
            f.pid,
            f.clock,
            Times.fromEpochSeconds(f.timestamp),
            receivedMillis,
            custom ? null : name(f.name),
            custom ? null : repr(f, f.args),
            custom ? null : repr(f, f.kwargs),
            custom ? -1 : (int) Math.min(f.retries, Integer.MAX_VALUE),
            custom ? Times.UNKNOWN_MILLIS : f.etaMillis,
            custom ? Times.UNKNOWN_MILLIS : f.expiresMillis,
            custom ? null : id(f.rootId),
            custom ? null : id(f.parentId),
            custom ? null : name(f.queue),
            custom ? null : repr(f, f.result),
            custom ? Double.NaN : f.runtime,
            custom ? null : repr(f, f.exception),
            custom || f.traceback == null ? null : shown(f.traceback, MAX_LONG_TEXT_CHARS),
            custom ? progress(from, to) : null));
  }

  private void decodeWorkerEvent(String type, long receivedMillis, EventSink sink) {
    if (!hasSender(type, sink)) {
      return;
    }
    EventFields f = fields;
    switch (type) {
      case "worker-online", "worker-heartbeat", "worker-offline" ->
          sink.onEvent(
              new CeleryEvent.WorkerEvent(
                  type,
                  hostname(),
                  f.pid,
                  f.clock,
                  Times.fromEpochSeconds(f.timestamp),
                  receivedMillis,
                  f.freq,
                  (int) Math.min(f.active, Integer.MAX_VALUE),
                  f.processed,
                  f.loadavg,
                  name(f.swIdent),
                  name(f.swVer),
                  name(f.swSys),
                  -1));
      default -> sink.onIgnored(type);
    }
  }

  private boolean hasSender(String type, EventSink sink) {
    String hostname = fields.hostname;
    if (hostname == null || hostname.isEmpty() || hostname.length() > MAX_NAME_CHARS) {
      sink.onMalformed(Malformed.NO_HOSTNAME, Texts.quote(type, 64) + " without a hostname");
      return false;
    }
    if (!Times.isKnown(Times.fromEpochSeconds(fields.timestamp))) {
      sink.onMalformed(Malformed.NO_TIMESTAMP, Texts.quote(type, 64) + " without a timestamp");
      return false;
    }
    return true;
  }

  /** The user's fields of the custom event at those bytes of the body, as strict JSON. */
  private @Nullable String progress(int from, int to) throws IOException {
    StringWriter out = new StringWriter();
    boolean any = false;
    try (JsonParser in = Json.parser(body, from, to - from);
        JsonGenerator json = Json.generator(out)) {
      in.nextToken();
      json.writeStartObject();
      for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
        in.nextToken();
        if (COMMON.contains(field)) {
          in.skipChildren();
        } else {
          any = true;
          json.writeFieldName(field);
          json.copyCurrentStructure(in);
        }
      }
      json.writeEndObject();
    }
    String progress = any ? redactor.redact(clean(out.toString())) : null;
    return progress == null || progress.length() <= MAX_LONG_TEXT_CHARS ? progress : null;
  }

  private String hostname() {
    String hostname = fields.hostname;
    return hostname == null ? "" : sharedName(hostname);
  }

  private @Nullable String name(@Nullable String value) {
    return value == null ? null : sharedName(value);
  }

  private String sharedName(String value) {
    boolean isShared = fields.shown && value.length() <= MAX_NAME_CHARS;
    return isShared ? value : names.get(clean(cut(value, MAX_NAME_CHARS)));
  }

  private @Nullable String id(@Nullable String value) {
    return value == null ? null : clean(cut(value, MAX_NAME_CHARS));
  }

  private @Nullable String repr(EventFields read, @Nullable String value) {
    return value == null || read.shown ? value : repr(value);
  }

  private String repr(String value) {
    return shown(value, MAX_TEXT_CHARS);
  }

  /** As it may be shown: cut, redacted and without lone surrogates. */
  private String shown(String value, int maxChars) {
    return clean(redactor.redact(cut(value, maxChars)));
  }

  private static String cut(String value, int maxChars) {
    return value.length() <= maxChars ? value : value.substring(0, maxChars - 1) + "…";
  }

  /** Lone surrogates, which no UTF-8 can carry, become U+FFFD. */
  private String clean(String value) {
    return surrogates || value.length() >= MAX_NAME_CHARS ? Surrogates.clean(value) : value;
  }

  /** Whether some string of {@code json} may hold a lone surrogate: cheap, and never wrongly no. */
  private static boolean mayHaveSurrogates(byte[] json) {
    for (int i = 0; i < json.length - 1; i++) {
      int b = json[i];
      if (b == (byte) 0xED || (b == 'u' && (json[i + 1] | 0x20) == 'd' && i > 0)) {
        if (b == (byte) 0xED || json[i - 1] == '\\') {
          return true;
        }
      }
    }
    return false;
  }
}
