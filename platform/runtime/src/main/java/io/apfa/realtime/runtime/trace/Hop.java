package io.apfa.realtime.runtime.trace;

/**
 * What a span can be: the hops of an event's way to the browser, and those of a command's way to
 * the worker. This is the whole list; {@code docs/operations.md} says what to read from each.
 */
public enum Hop {
  /** A batch of events, from when the oldest was heard until the owner has it in its log. */
  BRIDGE_FORWARD("bridge.forward"),

  /** The decoding of that batch's messages. */
  BRIDGE_DECODE("bridge.decode"),

  /** A batch of events at the owner, from its arrival until what it changed was sent. */
  OWNER_FLUSH("owner.flush"),

  /** The append that it waited for, from the flush's close to the state store's answer. */
  OWNER_APPEND("owner.append"),

  /** A publication at a gateway, from its arrival until its sessions were written to. */
  GATEWAY_DELIVER("gateway.deliver"),

  /** A command at a gateway, from its arrival to its answer. */
  GATEWAY_COMMAND("gateway.command"),

  /** Its wait for a permit of its user's and its role's budget. */
  GATEWAY_BUDGET("gateway.budget"),

  /** A command at the leading bridge, from its arrival until the last of its tasks has an end. */
  BRIDGE_COMMAND("bridge.command"),

  /** The claim of its {@code msgId} in the state store. */
  BRIDGE_CLAIM("bridge.claim");

  private final String word;

  Hop(String word) {
    this.word = word;
  }

  /** The span's name. */
  public String word() {
    return word;
  }
}
