package io.apfa.realtime.bridge.event;

import org.jspecify.annotations.Nullable;

/**
 * From a message as heard to its events: envelope, base64, compression, content type (celery-wire
 * section 1). What cannot be read is told to the sink with its reason; nothing is thrown, whatever
 * the bytes. Confined to one thread.
 */
public final class MessageDecoder {
  /** Most bytes of one body, also after inflating. */
  public static final int DEFAULT_MAX_BODY_BYTES = 4 << 20;

  private final EnvelopeTails tails = new EnvelopeTails();
  private final EventDecoder events;
  private final int maxBodyBytes;

  public MessageDecoder(Redactor redactor, int maxBodyBytes) {
    this.events = new EventDecoder(redactor);
    this.maxBodyBytes = maxBodyBytes;
  }

  /** Decodes {@code message} into {@code sink}; a break holds nothing. */
  public void decode(HeardMessage message, EventSink sink) {
    try {
      switch (message.form()) {
        case ENVELOPE -> {
          Envelope envelope = envelope(message.bytes());
          decode(envelope.body(), envelope.contentType(), envelope.compression(), message, sink);
        }
        case BODY ->
            decode(message.bytes(), message.contentType(), message.compression(), message, sink);
        case BREAK -> {}
      }
    } catch (MalformedException e) {
      sink.onMalformed(e.reason(), String.valueOf(e.getMessage()));
    } catch (RuntimeException | StackOverflowError e) {
      // a fault of a parser library: it costs this message, and not those around it
      sink.onMalformed(Malformed.BODY_SYNTAX, "unreadable: " + e.getClass().getSimpleName());
    }
  }

  private Envelope envelope(byte[] bytes) throws MalformedException {
    Envelope known = tails.read(bytes);
    if (known != null) {
      return known;
    }
    Envelope parsed = Envelope.decode(bytes);
    tails.learn(bytes, parsed);
    return parsed;
  }

  private void decode(
      byte[] body,
      @Nullable String contentType,
      @Nullable String compression,
      HeardMessage message,
      EventSink sink)
      throws MalformedException {
    byte[] json = bodyAsJson(body, contentType, compression, maxBodyBytes);
    events.decode(json, message.receivedMillis(), sink);
  }

  /** The body of a message as JSON, whatever its content type. */
  static byte[] bodyAsJson(
      byte[] body, @Nullable String contentType, @Nullable String compression, int maxBytes)
      throws MalformedException {
    if (body.length > maxBytes) {
      throw new MalformedException(
          Malformed.TOO_LARGE, body.length + " bytes (expected: at most " + maxBytes + ")");
    }
    byte[] plain = compression == null ? body : Inflater.inflate(compression, body, maxBytes);
    return switch (contentType == null ? "" : contentType) {
      case "application/json" -> plain;
      case "application/x-msgpack" -> MsgpackBody.toJson(plain, maxBytes);
      case "application/x-yaml" -> YamlBody.toJson(plain, maxBytes);
      case "application/x-python-serialize" ->
          throw new MalformedException(Malformed.PICKLE, "a pickle is never read");
      default ->
          throw new MalformedException(
              Malformed.CONTENT_TYPE, "unknown content type (expected: JSON, msgpack or YAML)");
    };
  }
}
