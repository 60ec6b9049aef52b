package io.apfa.realtime.protocol;

import java.util.List;

/**
 * The names of Celery's task states, in Celery's own words. A task may also be in a custom state
 * (any other text): {@code update_state(state='PROGRESS')} and custom events make such states.
 *
 * <p>Immutable.
 */
public final class TaskStates {
  public static final String PENDING = "PENDING";
  public static final String RECEIVED = "RECEIVED";
  public static final String STARTED = "STARTED";
  public static final String RETRY = "RETRY";
  public static final String SUCCESS = "SUCCESS";
  public static final String FAILURE = "FAILURE";
  public static final String REVOKED = "REVOKED";
  public static final String REJECTED = "REJECTED";

  /** Every built-in state; its position is its small number in {@code msgpack-columns}. */
  public static final List<String> BUILT_IN =
      List.of(PENDING, RECEIVED, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, REJECTED);

  private TaskStates() {}

  /** Whether Celery never leaves {@code state} by itself: it is ready, or REJECTED. */
  public static boolean isTerminal(String state) {
    return isReady(state) || REJECTED.equals(state);
  }

  /** Celery's {@code READY_STATES}: a result backend answers with one of these when it is done. */
  public static boolean isReady(String state) {
    return SUCCESS.equals(state) || FAILURE.equals(state) || REVOKED.equals(state);
  }

  /** Whether {@code state} is none of Celery's own. */
  public static boolean isCustom(String state) {
    return !BUILT_IN.contains(state);
  }
}
