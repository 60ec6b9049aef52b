package io.apfa.realtime.launcher.demo;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A request on the control channel (celery-wire 2). {@code replyTo} and {@code ticket} are empty
 * when nobody waits for an answer; an empty {@code destination} means everybody. Immutable.
 */
record ControlRequest(
    String method,
    Map<String, String> arguments,
    List<String> destination,
    String pattern,
    String matcher,
    String ticket,
    String replyTo) {
  private static final double EXPIRES_SECONDS = 10;

  /**
   * Reads a message of the control channel.
   *
   * @throws RuntimeException if it is not a request
   */
  static ControlRequest read(String message) {
    Map<String, String> body = JsonText.fields(Envelope.read(message).body());
    String method = body.get("method");
    if (method == null) {
      throw new IllegalArgumentException("control request: no method (expected: one)");
    }
    Map<String, String> replyTo = JsonText.fields(body.getOrDefault("reply_to", "{}"));
    return new ControlRequest(
        method,
        JsonText.fields(body.getOrDefault("arguments", "{}")),
        JsonText.strings(body.getOrDefault("destination", "[]")),
        body.getOrDefault("pattern", ""),
        body.getOrDefault("matcher", ""),
        body.getOrDefault("ticket", ""),
        replyTo.getOrDefault("routing_key", ""));
  }

  /** The request to end a task wherever it is, without an answer. */
  static String revoke(String id, long nowMillis, String deliveryTag) {
    String body =
        JsonText.object(
            json -> {
              json.writeStringField("method", "revoke");
              json.writeObjectFieldStart("arguments");
              json.writeStringField("task_id", id);
              json.writeBooleanField("terminate", true);
              json.writeStringField("signal", "SIGTERM");
              json.writeEndObject();
              json.writeNullField("destination");
              json.writeNullField("pattern");
              json.writeNullField("matcher");
            });
    return Envelope.control(
        body,
        json -> {
          json.writeNumberField("clock", 1);
          json.writeNumberField("expires", nowMillis / 1000.0 + EXPIRES_SECONDS);
        },
        new Envelope.Delivery("celery.pidbox", "", 2, deliveryTag));
  }

  /** Whether a node of that name is meant. */
  boolean isFor(String hostname) {
    if (!destination.isEmpty()) {
      return destination.contains(hostname);
    }
    return switch (matcher) {
      case "" -> true;
      case "glob" -> hostname.matches(globAsExpression());
      case "pcre" -> matchesExpression(hostname);
      default -> false;
    };
  }

  boolean wantsReply() {
    return !replyTo.isEmpty();
  }

  /** An argument that is one string or a list of them. */
  List<String> texts(String argument) {
    String value = arguments.getOrDefault(argument, "[]");
    return value.startsWith("[") ? JsonText.strings(value) : List.of(value);
  }

  private String globAsExpression() {
    String quoted = Pattern.quote(pattern);
    return quoted.replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q");
  }

  private boolean matchesExpression(String hostname) {
    try {
      return Pattern.compile(pattern).matcher(hostname).lookingAt();
    } catch (PatternSyntaxException e) {
      return false;
    }
  }
}
