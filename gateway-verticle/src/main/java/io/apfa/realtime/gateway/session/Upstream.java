package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Room;

/**
 * What the session core asks of the rest of the system. Every call returns at once; what comes of
 * it is told to the {@link Hub} later, on its thread.
 */
public interface Upstream {
  /** Tell the owner of {@code source} now that we want its batches. Answer: {@link Hub#onHead}. */
  void announceInterest(String source);

  /** Read the log from {@code from} on. Answer: {@link Hub#onPulled}. */
  void pull(String source, String epoch, long from);

  /**
   * Read the log from {@code from} to {@code to}, for those who recover. Answer: {@link
   * Hub#onReadBack}.
   */
  void readBack(String source, String epoch, long from, long to);

  /** Make a snapshot. Answer: {@link Hub#onSnapshot}. */
  void loadSnapshot(Room room, SnapshotWish wish, Format format);

  /** Ask for all latest values. Answer: {@link Hub#onLatestValues}. */
  void loadLatestValues(String source);
}
