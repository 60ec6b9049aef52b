package io.apfa.realtime.runtime;

import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.bus.BusMessage;

/**
 * A request was refused, or nobody answered it. It carries what the peer can act on.
 *
 * <p>Immutable.
 */
public final class RefusedException extends RuntimeException {
  private final transient BusMessage.Refusal refusal;

  public RefusedException(BusMessage.Refusal refusal) {
    super(refusal.message(), null, false, false);
    this.refusal = refusal;
  }

  public RefusedException(ErrorCode code, String message) {
    this(new BusMessage.Refusal(code, message, 0));
  }

  /** What was refused, why, and when to come again. */
  public BusMessage.Refusal refusal() {
    return refusal;
  }

  /** The code of the refusal. */
  public ErrorCode code() {
    return refusal.code();
  }
}
