package io.apfa.realtime.broadcaster;

import io.apfa.realtime.broadcaster.room.RoomBounds;
import io.apfa.realtime.broadcaster.room.RoomBuilder;
import io.apfa.realtime.broadcaster.room.SourceRoom;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.store.StateStore.AppendAnswer;
import io.apfa.realtime.runtime.store.StateStore.Head;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;

/**
 * Brings a source's room from the store, or starts a new epoch in it. Decoding and encoding happen
 * on a worker thread, so that the lease is renewed meanwhile.
 *
 * <p>Confined to its verticle's context.
 */
final class RoomLoader {
  private final Vertx vertx;
  private final Node node;
  private final String source;
  private final RoomBounds bounds;
  private final StandbyCopy copy;

  RoomLoader(Vertx vertx, Node node, String source, RoomBounds bounds) {
    this.vertx = vertx;
    this.node = node;
    this.source = source;
    this.bounds = bounds;
    this.copy = new StandbyCopy(vertx, node.store(), source, bounds);
    Gauge.builder("apfa_standby_tasks", copy, StandbyCopy::taskCount)
        .description("Tasks in the copy that this node keeps of a source it stands by for")
        .tag("source", source)
        .register(node.metrics());
  }

  /** Another owner has a newer token. */
  static final class FencedException extends RuntimeException {
    FencedException(String source) {
      super("owner of " + source + ": fenced", null, false, false);
    }
  }

  /**
   * The room as the store has it, which goes on at its epoch and offset; in a new epoch when the
   * store has none, or was restarted since.
   */
  Future<SourceRoom> load(long token) {
    return node.store()
        .head(source)
        .compose(
            head -> {
              if (head == null) {
                return startEpoch(SourceRoom.empty("", bounds), List.of(), token);
              }
              return read(head)
                  .compose(
                      room ->
                          head.storeRestarted()
                              ? startEpoch(room, List.of(), token)
                              : Future.succeededFuture(room));
            });
  }

  /** Keeps up with the owner's table while this node stands by, for a quick takeover. */
  Future<Void> follow() {
    return copy.follow();
  }

  private Future<SourceRoom> read(Head head) {
    long now = node.ticker().nanos();
    return copy.complete(head)
        .compose(
            builder ->
                vertx.executeBlocking(
                    () -> builder.build(head.epoch(), head.offset(), head.feed(), now)));
  }

  /**
   * Writes all that {@code room} holds, logged or not, under a new epoch.
   *
   * @param unlogged updates taken from the room that no log has
   * @return the room of the new epoch; failed with {@link FencedException} when another owns it
   */
  Future<SourceRoom> startEpoch(SourceRoom room, List<Update> unlogged, long token) {
    String epoch = UUID.randomUUID().toString().substring(0, 8);
    long now = node.ticker().nanos();
    return vertx
        .executeBlocking(
            () -> {
              RoomBuilder builder = RoomBuilder.from(room);
              unlogged.forEach(builder::addPending);
              return builder.build(epoch, 0, room.mergedFeed(), now);
            })
        .compose(
            next ->
                node.store()
                    .startEpoch(
                        source, token, epoch, RoomBuilder.allEntries(next), next.storedFeed())
                    .compose(
                        answer ->
                            answer == AppendAnswer.FENCED
                                ? Future.failedFuture(new FencedException(source))
                                : Future.succeededFuture(next)));
  }
}
