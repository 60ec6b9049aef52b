package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.runtime.CurrentLimits;

/**
 * The limits of one source's stream, looked up once for each change.
 *
 * <p>Confined to its verticle's context.
 */
final class SourceLimits {
  private final CurrentLimits current;
  private final String source;
  private LimitPolicy policy;
  private Limits own;

  SourceLimits(CurrentLimits current, String source) {
    this.current = current;
    this.source = source;
    this.policy = current.policy();
    this.own = policy.ofSource(source);
  }

  /** The source's own. */
  @SuppressWarnings("ReferenceEquality") // the same object until the limits change
  Limits own() {
    LimitPolicy now = current.policy();
    if (now != policy) {
      policy = now;
      own = now.ofSource(source);
    }
    return own;
  }

  /** The common ones. */
  Limits common() {
    return current.get();
  }
}
