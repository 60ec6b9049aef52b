package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** What a decoder found. Confined to the test's thread. */
public final class Decoded implements EventSink {
  public final List<CeleryEvent> events = new ArrayList<>();
  public final List<String> ignored = new ArrayList<>();
  public final List<Malformed> malformed = new ArrayList<>();

  /** Decodes {@code messages} in order. */
  public static Decoded of(HeardMessage... messages) {
    Decoded decoded = new Decoded();
    MessageDecoder decoder =
        new MessageDecoder(
            Redactor.of(Redactor.DEFAULT_PATTERNS), MessageDecoder.DEFAULT_MAX_BODY_BYTES);
    for (HeardMessage message : messages) {
      decoder.decode(message, decoded);
    }
    return decoded;
  }

  /** Decodes an envelope around {@code body}. */
  public static Decoded ofBody(byte[] body, String contentType, String compression) {
    return of(envelope(body, contentType, compression));
  }

  /** Decodes a JSON body. */
  public static Decoded ofJson(String body) {
    return ofBody(body.getBytes(StandardCharsets.UTF_8), "application/json", null);
  }

  /** The envelope that kombu puts around {@code body}. */
  public static HeardMessage envelope(byte[] body, String contentType, String compression) {
    String headers =
        compression == null
            ? "{\"hostname\": \"w1@alpha\"}"
            : "{\"hostname\": \"w1@alpha\", \"compression\": \"" + compression + "\"}";
    String text =
        "{\"body\": \""
            + Base64.getEncoder().encodeToString(body)
            + "\", \"content-encoding\": \"utf-8\", \"content-type\": \""
            + contentType
            + "\", \"headers\": "
            + headers
            + ", \"properties\": {\"delivery_mode\": 1, \"delivery_info\": {\"exchange\":"
            + " \"celeryev\", \"routing_key\": \"task.multi\"}, \"priority\": 0,"
            + " \"body_encoding\": \"base64\", \"delivery_tag\": \"5f6ac830\"}}";
    return HeardMessage.envelope(text.getBytes(StandardCharsets.UTF_8), 1_795_555_656_100L);
  }

  public CeleryEvent.TaskEvent task(int index) {
    return (CeleryEvent.TaskEvent) events.get(index);
  }

  public CeleryEvent.WorkerEvent worker(int index) {
    return (CeleryEvent.WorkerEvent) events.get(index);
  }

  @Override
  public void onEvent(CeleryEvent event) {
    events.add(event);
  }

  @Override
  public void onIgnored(String type) {
    ignored.add(type);
  }

  @Override
  public void onMalformed(Malformed reason, String detail) {
    malformed.add(reason);
  }
}
