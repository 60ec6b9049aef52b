package io.apfa.realtime.bridge.source;

import java.util.List;

/**
 * Those of Celery's {@code broker_transport_options} that name keys and channels on Redis
 * (celery-wire.md section 1). Immutable.
 *
 * @param keyPrefix {@code global_keyprefix}; empty = none
 * @param fanoutPrefix {@code fanout_prefix}: before the exchange in a channel's name, with {@code
 *     {db}} for the database's number; empty = none
 * @param fanoutPatterns {@code fanout_patterns}: whether the routing key is part of a channel's
 *     name
 * @param separator {@code sep}: between the parts of a binding, and before a priority
 * @param prioritySteps {@code priority_steps}, ascending, most urgent first; step 0 has the queue's
 *     own key
 */
public record RedisTransport(
    String keyPrefix,
    String fanoutPrefix,
    boolean fanoutPatterns,
    String separator,
    List<Integer> prioritySteps) {
  /** Kombu's default of {@link #fanoutPrefix}. */
  public static final String FANOUT_PREFIX = "/{db}.";

  /** Kombu's default of {@link #separator}. */
  public static final String SEPARATOR = "\u0006\u0016";

  /** Kombu's own defaults. */
  public static final RedisTransport DEFAULT =
      new RedisTransport("", FANOUT_PREFIX, true, SEPARATOR, List.of(0, 3, 6, 9));

  public RedisTransport {
    prioritySteps = List.copyOf(prioritySteps);
  }
}
