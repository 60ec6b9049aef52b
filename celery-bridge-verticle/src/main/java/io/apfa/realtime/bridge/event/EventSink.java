package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;

/** Where a decoder puts what it finds in a message, in order. Called on the decoding thread. */
public interface EventSink {
  /** An event for the owner. */
  void onEvent(CeleryEvent event);

  /**
   * A well-formed event that is neither a task's nor a worker's state: another group, or gossip
   * between workers.
   */
  void onIgnored(String type);

  /**
   * A message, or one event of it, that cannot be read.
   *
   * @param detail for the log; bounded, and free of the peer's text but for quoted bits
   */
  void onMalformed(Malformed reason, String detail);
}
