package io.apfa.realtime.bridge.source;

import java.util.ArrayList;
import java.util.List;

/**
 * How kombu names channels and keys on Redis (celery-wire.md sections 1 to 3).
 *
 * <p>Immutable.
 *
 * @param transport the app's transport options
 * @param db number of the database, part of channel names
 * @param eventExchange {@code celeryev} unless renamed
 * @param controlExchange {@code celery} unless renamed
 */
public record RedisNames(
    RedisTransport transport, int db, String eventExchange, String controlExchange) {

  /** The pattern that every event channel matches, and no other. */
  public String eventPattern() {
    String channel = channel(eventExchange);
    return transport.fanoutPatterns() ? escapeGlob(channel + "/") + "*" : escapeGlob(channel);
  }

  /** Where requests to workers are published. */
  public String controlChannel() {
    return channel(controlExchangeName());
  }

  private String channel(String exchange) {
    String prefix = transport.fanoutPrefix().replace("{db}", Integer.toString(db));
    return transport.keyPrefix() + prefix + exchange;
  }

  /** Between the parts of kombu's binding members, and before a priority. */
  String separator() {
    return transport.separator();
  }

  /** The exchange of requests. */
  public String controlExchangeName() {
    return controlExchange + ".pidbox";
  }

  /** The exchange of replies. */
  public String replyExchangeName() {
    return "reply." + controlExchange + ".pidbox";
  }

  /** The queue of replies to {@code oid}, without the key prefix. */
  public String replyQueue(String oid) {
    return oid + "." + replyExchangeName();
  }

  /** The set of queues bound to {@code exchange}. */
  public String bindings(String exchange) {
    return key("_kombu.binding." + exchange);
  }

  /** Every key that holds messages of {@code queue}, most urgent first. */
  public List<String> queueKeys(String queue) {
    List<String> keys = new ArrayList<>(transport.prioritySteps().size());
    for (int step : transport.prioritySteps()) {
      keys.add(keyOfStep(queue, step));
    }
    return keys;
  }

  /** The key for messages of {@code priority}: that of the greatest step not above it. */
  public String queueKey(String queue, int priority) {
    List<Integer> steps = transport.prioritySteps();
    int found = steps.get(steps.size() - 1);
    for (int step : steps) {
      found = step <= priority ? step : found;
    }
    return keyOfStep(queue, found);
  }

  private String keyOfStep(String queue, int step) {
    return key(queue + (step == 0 ? "" : separator() + step));
  }

  /** A key of kombu's own, such as {@code unacked}. */
  public String key(String name) {
    return transport.keyPrefix() + name;
  }

  /** {@code text} as a glob pattern that matches only it. */
  static String escapeGlob(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ("*?[]^\\".indexOf(c) >= 0) {
        escaped.append('\\');
      }
      escaped.append(c);
    }
    return escaped.toString();
  }
}
