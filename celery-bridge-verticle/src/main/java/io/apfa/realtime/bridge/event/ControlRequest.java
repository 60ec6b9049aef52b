package io.apfa.realtime.bridge.event;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to Celery's workers over pidbox (celery-wire.md section 2).
 *
 * <p>Immutable.
 *
 * @param method Celery's name of the remote command
 * @param arguments its arguments
 * @param destination full node names; empty = every worker
 */
public record ControlRequest(
    String method, Map<String, @Nullable Object> arguments, List<String> destination) {
  public ControlRequest {
    destination = List.copyOf(destination);
  }

  /** A request to every worker. */
  public static ControlRequest toAll(String method, Map<String, @Nullable Object> arguments) {
    return new ControlRequest(method, arguments, List.of());
  }

  /** A request to one worker. */
  public static ControlRequest to(
      String hostname, String method, Map<String, @Nullable Object> arguments) {
    return new ControlRequest(method, arguments, List.of(hostname));
  }

  /**
   * The message.
   *
   * @param replyExchange null when no reply is wanted, and then the others are not used
   * @param ticket names this request in its replies
   * @param oid routing key of the replies
   */
  public KombuMessage message(
      @Nullable String replyExchange, String ticket, String oid, double expiresSeconds) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("method", method);
    body.put("arguments", arguments);
    body.put("destination", destination.isEmpty() ? null : destination);
    body.put("pattern", null);
    body.put("matcher", null);
    if (replyExchange != null) {
      body.put("ticket", ticket);
      body.put("reply_to", Map.of("exchange", replyExchange, "routing_key", oid));
    }
    Map<String, @Nullable Object> headers = new LinkedHashMap<>();
    headers.put("clock", 1);
    headers.put("expires", expiresSeconds);
    return new KombuMessage(Values.write(body), headers, Map.of());
  }
}
