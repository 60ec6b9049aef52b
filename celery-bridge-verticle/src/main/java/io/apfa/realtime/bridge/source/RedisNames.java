package io.apfa.realtime.bridge.source;

import java.util.ArrayList;
import java.util.List;

/**
 * How kombu names channels and keys on Redis (celery-wire.md sections 1 to 3).
 *
 * <p>Immutable.
 *
 * @param keyPrefix Celery's {@code global_keyprefix}; empty = none
 * @param db number of the database, part of channel names
 * @param eventExchange {@code celeryev} unless renamed
 * @param controlExchange {@code celery} unless renamed
 */
public record RedisNames(String keyPrefix, int db, String eventExchange, String controlExchange) {
  /** Between the parts of kombu's binding members, and before a priority. */
  public static final String SEPARATOR = "\u0006\u0016";

  /** Kombu's priority steps, most urgent first: the key of step 0 is the queue's own. */
  private static final int[] PRIORITY_STEPS = {0, 3, 6, 9};

  /** The pattern that every event channel matches, and no other. */
  public String eventPattern() {
    return escapeGlob(keyPrefix + "/" + db + "." + eventExchange + "/") + "*";
  }

  /** Where requests to workers are published. */
  public String controlChannel() {
    return keyPrefix + "/" + db + "." + controlExchange + ".pidbox";
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
    return keyPrefix + "_kombu.binding." + exchange;
  }

  /** Every key that holds messages of {@code queue}, most urgent first. */
  public List<String> queueKeys(String queue) {
    List<String> keys = new ArrayList<>(PRIORITY_STEPS.length);
    for (int step : PRIORITY_STEPS) {
      keys.add(queueKey(queue, step));
    }
    return keys;
  }

  /** The key for messages of {@code priority}: that of the greatest step not above it. */
  public String queueKey(String queue, int priority) {
    int found = 0;
    for (int step : PRIORITY_STEPS) {
      found = step <= priority ? step : found;
    }
    return keyPrefix + queue + (found == 0 ? "" : SEPARATOR + found);
  }

  /** A key of kombu's own, such as {@code unacked}. */
  public String key(String name) {
    return keyPrefix + name;
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
