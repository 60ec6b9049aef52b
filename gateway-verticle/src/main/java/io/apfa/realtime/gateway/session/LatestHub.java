package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * One source's latest values at this gateway: the rooms {@code queues} and {@code workers}. A
 * version that does not follow is answered by asking for all of them.
 *
 * <p>Confined to its verticle's context.
 */
final class LatestHub {
  private final String source;
  private final Upstream upstream;
  private final LatestFeed queues;
  private final LatestFeed workers;
  private long token = Long.MIN_VALUE;
  private long version;
  private boolean known;
  private boolean loading;

  LatestHub(String source, Upstream upstream) {
    this.source = source;
    this.upstream = upstream;
    this.queues = new LatestFeed(new Room(source, Room.Kind.QUEUES, "").name());
    this.workers = new LatestFeed(new Room(source, Room.Kind.WORKERS, "").name());
  }

  LatestFeed feed(Room.Kind kind) {
    return kind == Room.Kind.QUEUES ? queues : workers;
  }

  /** Whether all values were heard. */
  boolean isKnown() {
    return known;
  }

  /** The owner says which version is current. */
  void onHead(BusMessage.InterestReply reply) {
    if (reply.token() != token || reply.latestVersion() != version || !known) {
      load();
    }
  }

  /** Values came; whether they were taken. */
  boolean onValues(BusMessage.LatestValues values, long nowMillis) {
    if (values.complete()) {
      loading = false;
    }
    if (values.token() < token) {
      return false;
    }
    boolean follows = known && values.token() == token && values.version() == version + 1;
    if (!values.complete() && !follows) {
      if (values.token() != token || values.version() > version) {
        load();
      }
      return false;
    }
    token = values.token();
    version = values.version();
    known = true;
    put(queues, Update.Kind.QUEUE_DEPTH, values, nowMillis);
    put(workers, Update.Kind.WORKER_UPDATE, values, nowMillis);
    return true;
  }

  void onFailed() {
    loading = false;
  }

  /** Asks for all values, unless that is under way. */
  void load() {
    if (!loading) {
      loading = true;
      upstream.loadLatestValues(source);
    }
  }

  /** Everyone in either room. */
  List<Subscription> members() {
    List<Subscription> members = new ArrayList<>(queues.subscriptions());
    members.addAll(workers.subscriptions());
    return members;
  }

  private static void put(
      LatestFeed feed, Update.Kind kind, BusMessage.LatestValues values, long nowMillis) {
    List<Update> updates =
        values.updates().stream().filter(update -> update.kind() == kind).toList();
    if (values.complete() || !updates.isEmpty()) {
      feed.put(updates, values.complete(), nowMillis);
    }
  }
}
