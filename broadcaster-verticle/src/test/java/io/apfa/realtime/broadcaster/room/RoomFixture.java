package io.apfa.realtime.broadcaster.room;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.FeedPosition;
import java.util.ArrayList;
import java.util.List;

/** Drives a room without a store, for tests. */
final class RoomFixture {
  static final String EPOCH = "e1";

  private RoomFixture() {}

  static SourceRoom room() {
    return room(RoomBounds.DEFAULT);
  }

  static SourceRoom room(RoomBounds bounds) {
    return SourceRoom.empty(EPOCH, bounds);
  }

  /** Offers events as the next batch of bridge 1. */
  static void offer(SourceRoom room, List<? extends CeleryEvent> events) {
    long next = room.mergedFeed().batchNumber() + 1;
    assertThat(room.offer(new FeedPosition(1, next, "h" + next), List.copyOf(events), 0))
        .isEqualTo(SourceRoom.Offer.WAIT);
  }

  static void offer(SourceRoom room, CeleryEvent... events) {
    offer(room, List.of(events));
  }

  /** Closes, encodes and logs until nothing is left; the updates logged. */
  static List<Update> flush(SourceRoom room) {
    List<Update> updates = new ArrayList<>();
    while (room.hasWork()) {
      Flush flush = room.close(Events.T0, 50);
      flush.encode("celery", 1);
      room.onLogged(flush);
      flush.batches().forEach(batch -> updates.addAll(batch.updates()));
    }
    return updates;
  }

  static List<Update> flush(SourceRoom room, CeleryEvent... events) {
    offer(room, events);
    return flush(room);
  }

  static TaskQuery query(int limit, String cursor) {
    return new TaskQuery("celery", null, null, null, null, null, limit, cursor);
  }

  /** Every logged task, newest first. */
  static List<Task> all(SourceRoom room) {
    List<Task> all = new ArrayList<>();
    String cursor = null;
    do {
      TaskPage page = room.queries().page(query(1000, cursor));
      all.addAll(page.tasks());
      cursor = page.next();
    } while (cursor != null);
    return all;
  }

  static Task task(SourceRoom room, String uuid) {
    return room.queries().task(uuid).task();
  }
}
