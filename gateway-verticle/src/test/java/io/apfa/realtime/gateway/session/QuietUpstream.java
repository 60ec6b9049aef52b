package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Room;

/** Nothing has to be asked of others: the test confirms, and everything is at hand. Stateless. */
final class QuietUpstream implements Upstream {
  @Override
  public void announceInterest(String source) {
    // confirmed by the test
  }

  @Override
  public void pull(String source, String epoch, long fromOffset) {
    throw new AssertionError("no hole was made");
  }

  @Override
  public void readBack(String source, String epoch, long fromOffset, long to) {
    throw new AssertionError("everything is at hand");
  }

  @Override
  public void loadSnapshot(Room room, SnapshotWish wish, Format format) {
    throw new AssertionError("nobody wants a snapshot");
  }

  @Override
  public void loadLatestValues(String source) {
    // nobody is in such a room
  }
}
