package io.apfa.realtime.gateway.session;

import io.vertx.core.buffer.Buffer;

/**
 * One wire unit from us to a client, encoded. The same frame may go to many sessions.
 *
 * <p>Immutable: nobody writes to {@code bytes}.
 *
 * @param bytes the payload
 * @param isText whether it goes as a text message
 * @param event what it counts as in the metrics
 */
public record Frame(Buffer bytes, boolean isText, String event) {
  /** A control frame in JSON: a reply, an {@code err}, a {@code pong}. */
  public static Frame text(Buffer bytes, String event) {
    return new Frame(bytes, true, event);
  }
}
