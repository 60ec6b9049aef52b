package io.apfa.realtime.bridge.event;

/**
 * Where a broker that keeps messages goes on: it delivers anew what was not acknowledged, and the
 * first of that may be done already. While it does so everything is held; at the message that names
 * the place, all before it is dropped. Confined to its verticle's context.
 */
public final class RedeliveryCut {
  private String hash = "";

  /** What to do with a message that came while messages are held. */
  public enum Verdict {
    /** Hold it too. */
    HOLD,
    /** Drop it and all that is held: they are done. Nothing is held any more. */
    DROP,
    /** Nothing is held any more: what was held and what comes goes on. */
    GO_ON
  }

  /** Holds until the message with {@code lastHash} comes; an empty one holds nothing. */
  public void begin(String lastHash) {
    hash = lastHash;
  }

  public boolean isHolding() {
    return !hash.isEmpty();
  }

  /** Ends it: what was to be redelivered came, and the place was not among it. */
  public void end() {
    hash = "";
  }

  /** Decides on a message. */
  public Verdict decide(HeardMessage message) {
    if (hash.isEmpty()) {
      return Verdict.GO_ON;
    }
    if (message.form() == HeardMessage.Form.BREAK) {
      return Verdict.HOLD;
    }
    if (!message.isRedelivered()) {
      hash = "";
      return Verdict.GO_ON;
    }
    if (MessageHash.of(message.bytes()).equals(hash)) {
      hash = "";
      return Verdict.DROP;
    }
    return Verdict.HOLD;
  }
}
