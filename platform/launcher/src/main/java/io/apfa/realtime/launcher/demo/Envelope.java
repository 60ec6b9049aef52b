package io.apfa.realtime.launcher.demo;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/**
 * Kombu's envelope around every message on Redis (celery-wire 1 to 3): built strictly, because a
 * badly formed one kills real workers that share the broker. Immutable.
 */
record Envelope(Map<String, String> headers, String body) {
  private static final JsonText.Body NO_PROPERTIES = json -> {};

  /** An event, or a list of them under the routing key {@code task.multi}. */
  static String event(String hostname, String routingKey, String body, String deliveryTag) {
    return write(
        body,
        json -> json.writeStringField("hostname", hostname),
        NO_PROPERTIES,
        new Delivery("celeryev", routingKey, 1, deliveryTag));
  }

  /** A request to every worker, or a reply to one (exchange {@code reply.celery.pidbox}). */
  static String control(String body, JsonText.Body headers, Delivery delivery) {
    return write(body, headers, NO_PROPERTIES, delivery);
  }

  /** A task message for a queue. */
  static String task(String id, String queue, String body, JsonText.Body headers, String tag) {
    return write(
        body,
        headers,
        json -> json.writeStringField("correlation_id", id),
        new Delivery("", queue, 2, tag));
  }

  /**
   * Takes an envelope apart; the body is decoded.
   *
   * @throws RuntimeException if it is not one
   */
  static Envelope read(String message) {
    Map<String, String> fields = JsonText.fields(message);
    Map<String, String> properties = JsonText.fields(fields.getOrDefault("properties", "{}"));
    String body = fields.getOrDefault("body", "");
    if ("base64".equals(properties.get("body_encoding"))) {
      body = new String(Base64.getMimeDecoder().decode(body), StandardCharsets.UTF_8);
    }
    return new Envelope(JsonText.fields(fields.getOrDefault("headers", "{}")), body);
  }

  /** Where a message goes and the tag that makes it unique. */
  record Delivery(String exchange, String routingKey, int mode, String tag) {}

  private static String write(
      String body, JsonText.Body headers, JsonText.Body properties, Delivery delivery) {
    return JsonText.object(
        json -> {
          json.writeStringField(
              "body", Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8)));
          json.writeStringField("content-encoding", "utf-8");
          json.writeStringField("content-type", "application/json");
          json.writeObjectFieldStart("headers");
          headers.write(json);
          json.writeEndObject();
          json.writeObjectFieldStart("properties");
          properties.write(json);
          json.writeNumberField("delivery_mode", delivery.mode());
          json.writeObjectFieldStart("delivery_info");
          json.writeStringField("exchange", delivery.exchange());
          json.writeStringField("routing_key", delivery.routingKey());
          json.writeEndObject();
          json.writeNumberField("priority", 0);
          json.writeStringField("body_encoding", "base64");
          json.writeStringField("delivery_tag", delivery.tag());
          json.writeEndObject();
        });
  }
}
