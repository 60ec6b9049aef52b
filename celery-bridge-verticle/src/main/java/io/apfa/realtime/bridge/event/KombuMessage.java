package io.apfa.realtime.bridge.event;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message in kombu's envelope, written and read whole. Workers die of a malformed one
 * (celery-wire.md section 1), so there is one place that writes them.
 *
 * <p>Immutable.
 *
 * @param body JSON text
 * @param headers of the message, such as those of task protocol 2
 * @param properties {@code correlation_id}, {@code reply_to} and the like; those of the delivery
 *     are added
 */
public record KombuMessage(
    String body, Map<String, @Nullable Object> headers, Map<String, @Nullable Object> properties) {

  /**
   * The envelope for Redis.
   *
   * @param serializer how its body is written
   * @param deliveryTag unique: workers keep what they have not acknowledged under it
   */
  public String envelope(
      Serializer serializer, String exchange, String routingKey, int priority, String deliveryTag) {
    Map<String, @Nullable Object> info = new LinkedHashMap<>();
    info.put("exchange", exchange);
    info.put("routing_key", routingKey);
    Map<String, @Nullable Object> delivery = new LinkedHashMap<>(properties);
    delivery.put("delivery_mode", 2);
    delivery.put("delivery_info", info);
    delivery.put("priority", priority);
    delivery.put("body_encoding", "base64");
    delivery.put("delivery_tag", deliveryTag);
    Map<String, @Nullable Object> envelope = new LinkedHashMap<>();
    envelope.put("body", Base64.getEncoder().encodeToString(serializer.encode(body)));
    envelope.put("content-encoding", serializer.contentEncoding());
    envelope.put("content-type", serializer.contentType());
    envelope.put("headers", headers);
    envelope.put("properties", delivery);
    return Values.write(envelope);
  }

  /**
   * Reads an envelope as Redis carries it: its body as JSON, whatever its content type.
   *
   * @throws IllegalArgumentException when it cannot be read; the message says why
   */
  public static KombuMessage read(byte[] bytes) {
    try {
      Envelope envelope = Envelope.decode(bytes);
      Map<String, @Nullable Object> whole = Values.map(Values.read(bytes));
      byte[] json =
          MessageDecoder.bodyAsJson(
              envelope.body(),
              envelope.contentType(),
              envelope.compression(),
              MessageDecoder.DEFAULT_MAX_BODY_BYTES);
      return new KombuMessage(
          new String(json, StandardCharsets.UTF_8),
          Values.map(whole.get("headers")),
          Values.map(whole.get("properties")));
    } catch (MalformedException e) {
      throw new IllegalArgumentException(e.reason().word() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The JSON of a body as AMQP carries it.
   *
   * @throws IllegalArgumentException when it cannot be read; the message says why
   */
  public static String bodyText(
      byte[] body, @Nullable String contentType, @Nullable String compression) {
    try {
      byte[] json =
          MessageDecoder.bodyAsJson(
              body, contentType, compression, MessageDecoder.DEFAULT_MAX_BODY_BYTES);
      return new String(json, StandardCharsets.UTF_8);
    } catch (MalformedException e) {
      throw new IllegalArgumentException(e.reason().word() + ": " + e.getMessage(), e);
    }
  }
}
