package io.apfa.realtime.broadcaster;

import io.apfa.realtime.broadcaster.room.Flush;
import io.apfa.realtime.broadcaster.room.SourceRoom;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply.Status;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.runtime.store.StateStore.AppendAnswer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The stream of a source this node owns: it merges what bridges send, flushes, appends, and only
 * then sends and acknowledges. One append is in the air at a time; it is repeated byte for byte
 * until the store answers, and what is merged meanwhile conflates.
 *
 * <p>Confined to its verticle's context.
 */
final class SourceStream {
  private static final int ENCODED_ON_LOOP_ROWS = 64;
  private static final long RETRY_MILLIS = 100;

  private final Vertx vertx;
  private final Node node;
  private final String source;
  private final SourceRoom room;
  private final FlushPace pace;
  private final SourceMetrics metrics;
  private final Consumer<AppendAnswer> onRefused;
  private final Audience audience;
  private final SourceLimits limits;
  private final PublishBudget budget;
  private final Waiters waiters = new Waiters();
  private final FlushTraces traces;
  private long token;
  private long latestVersion;
  private boolean running = true;
  private long closedNanos;
  private boolean timerSet;
  private @Nullable Flush inFlight;
  private StateStore.@Nullable Append offered;

  /**
   * A stream that runs.
   *
   * @param onRefused told when an append is answered with neither APPENDED nor ALREADY_DONE
   */
  SourceStream(
      Vertx vertx,
      Node node,
      String source,
      SourceRoom room,
      long token,
      Audience audience,
      FlushPace pace,
      SourceMetrics metrics,
      Consumer<AppendAnswer> onRefused) {
    this.vertx = vertx;
    this.node = node;
    this.source = source;
    this.room = room;
    this.token = token;
    this.audience = audience;
    this.pace = pace;
    this.metrics = metrics;
    this.onRefused = onRefused;
    this.traces = new FlushTraces(node.tracing(), source);
    long now = node.ticker().nanos();
    this.limits = new SourceLimits(node.limits(), source);
    this.budget = new PublishBudget(limits.own(), now);
    this.closedNanos = now - pace.intervalNanos(limits.own(), limits.common(), now);
  }

  SourceRoom room() {
    return room;
  }

  long token() {
    return token;
  }

  long latestVersion() {
    return latestVersion;
  }

  /** Merges a batch of events, and answers it once it is stored. */
  Future<EventBatchReply> offer(BusMessage.EventBatch batch) {
    long now = node.ticker().nanos();
    long mergedBefore = room.mergedEvents();
    SourceRoom.Offer offer =
        room.offer(batch.position(), batch.events(), now, metrics::onTaskEvent);
    if (offer != SourceRoom.Offer.WAIT) {
      Status status = statusOf(offer);
      return Future.succeededFuture(new EventBatchReply(status, room.storedFeed()));
    }
    if (room.mergedEvents() > mergedBefore) {
      metrics.onBatch(batch.events(), node.clock().millis());
      traces.onMerged(batch);
    }
    Future<EventBatchReply> reply = waiters.add(batch.position());
    flushIfDue();
    return reply;
  }

  private static Status statusOf(SourceRoom.Offer offer) {
    return switch (offer) {
      case DONE, WAIT -> Status.DONE;
      case FENCED -> Status.FENCED;
      case BUSY -> Status.BUSY;
    };
  }

  /** Lets time pass: for liveness, and for what is due. */
  void tick(long nowNanos) {
    room.tick(nowNanos);
    flushIfDue();
  }

  private void flushIfDue() {
    if (!running || inFlight != null || !room.hasWork()) {
      return;
    }
    long now = node.ticker().nanos();
    Limits own = limits.own();
    long waitNanos =
        Math.max(
            closedNanos + pace.intervalNanos(own, limits.common(), now) - now,
            budget.waitNanos(own, now));
    if (waitNanos <= 0) {
      flush(now);
    } else if (!timerSet) {
      timerSet = true;
      vertx.setTimer(
          Math.max(1, (waitNanos + 999_999) / 1_000_000),
          id -> {
            timerSet = false;
            flushIfDue();
          });
    }
  }

  private void flush(long nowNanos) {
    closedNanos = nowNanos;
    int batchSize = limits.common().getInt(LimitKey.BATCH_SIZE);
    Flush flush = room.close(node.clock().millis(), batchSize);
    if (!flush.isAppended()) {
      sendLatest(flush.latest());
      return;
    }
    inFlight = flush;
    traces.onClosed(flush.feed());
    if (flush.rowCount() <= ENCODED_ON_LOOP_ROWS) {
      offerAppend(flush.encode(source, token));
      return;
    }
    long encodedFor = token;
    vertx
        .executeBlocking(() -> flush.encode(source, encodedFor))
        .onSuccess(this::offerAppend)
        .onFailure(failure -> metrics.onFailure("encoding a flush", failure));
  }

  private void offerAppend(StateStore.Append encoded) {
    StateStore.Append append = encoded.token() == token ? encoded : underToken(encoded);
    offered = append;
    if (!running) {
      return;
    }
    traces.onOffered();
    long startedNanos = node.ticker().nanos();
    node.store()
        .append(append)
        .onSuccess(answer -> onAnswer(append, answer, startedNanos))
        .onFailure(failure -> onFailure(append, failure));
  }

  private StateStore.Append underToken(StateStore.Append append) {
    return new StateStore.Append(
        append.source(),
        token,
        append.epoch(),
        append.from(),
        append.offset(),
        append.batches(),
        append.entries(),
        append.feed());
  }

  @SuppressWarnings("ReferenceEquality") // whether it is still the one in the air
  private void onFailure(StateStore.Append append, Throwable failure) {
    traces.run(() -> metrics.onFailure("append", failure));
    vertx.setTimer(
        RETRY_MILLIS,
        id -> {
          if (running && offered == append) {
            offerAppend(append);
          }
        });
  }

  @SuppressWarnings("ReferenceEquality") // whether it is still the one in the air
  private void onAnswer(StateStore.Append append, AppendAnswer answer, long startedNanos) {
    if (offered != append) {
      return;
    }
    if (answer == AppendAnswer.APPENDED || answer == AppendAnswer.ALREADY_DONE) {
      metrics.onAppended(append, node.ticker().nanos() - startedNanos);
      onAppended(append);
    } else if (running) {
      traces.run(() -> onRefused.accept(answer));
    }
  }

  private void onAppended(StateStore.Append append) {
    Flush flush = inFlight;
    if (flush == null) {
      return;
    }
    inFlight = null;
    offered = null;
    room.onLogged(flush);
    traces.onAppended(flush, append);
    metrics.onLogged(
        flush, room.conflated(), room.taskCount(), room.pendingRows(), room.storedTaskEvents());
    long now = node.ticker().nanos();
    budget.onAppended(append, now);
    List<NodeId> nodes = audience.nodes(now);
    for (StateStore.LoggedBatch batch : append.batches()) {
      List<TraceContext> ending = batch.offset() == append.offset() ? traces.contexts() : List.of();
      BusMessage.Publication publication =
          new BusMessage.Publication(
              source, token, room.epoch(), batch.from(), batch.offset(), batch.payload(), ending);
      nodes.forEach(to -> node.bus().send(to, publication));
    }
    traces.onSent(nodes.size());
    sendLatest(flush.latest());
    waiters.onStored(room.storedFeed());
    flushIfDue();
  }

  private void sendLatest(List<Update> changed) {
    if (changed.isEmpty()) {
      return;
    }
    latestVersion++;
    metrics.onLatest(changed);
    BusMessage.LatestValues values =
        new BusMessage.LatestValues(source, token, latestVersion, false, changed);
    audience.nodes(node.ticker().nanos()).forEach(to -> node.bus().send(to, values));
  }

  /** How long the flush in the air has waited for its append, in nanoseconds; 0 = there is none. */
  long drainLagNanos(long nowNanos) {
    return inFlight == null ? 0 : nowNanos - closedNanos;
  }

  /** Every queue depth and worker. */
  BusMessage.LatestValues latestValues() {
    return new BusMessage.LatestValues(source, token, latestVersion, true, room.latestValues());
  }

  /** Stops acting, keeps everything: this node may have lost the source. */
  void suspend() {
    running = false;
  }

  /** The last offset of what is in the air; the logged one when nothing is. */
  long offeredOffset() {
    Flush flush = inFlight;
    return flush == null ? room.position().offset() : flush.offset();
  }

  /** The updates in the air that are neither a task's row nor a group's counters. */
  List<Update> unloggedUpdates() {
    Flush flush = inFlight;
    List<Update> updates = new ArrayList<>();
    if (flush != null) {
      flush.batches().stream()
          .flatMap(batch -> batch.updates().stream())
          .filter(update -> !update.kind().isConflatable())
          .forEach(updates::add);
    }
    return updates;
  }

  /**
   * Goes on under {@code newToken}.
   *
   * @param offeredIsLogged whether what was in the air is in the log
   */
  void resume(long newToken, boolean offeredIsLogged) {
    StateStore.Append append = offered;
    if (newToken != token) {
      token = newToken;
      latestVersion = 0;
    }
    running = true;
    if (append != null && offeredIsLogged) {
      onAppended(append);
    } else if (append != null) {
      offerAppend(append);
    } else {
      flushIfDue();
    }
  }

  /** Ends the stream; every waiting bridge is told {@code status}. */
  void end(Status status) {
    running = false;
    offered = null;
    traces.end("this node owns the source no more");
    waiters.end(status, room.storedFeed());
  }

  /** Hands the waiting bridges to the stream that goes on with what this one merged. */
  void handOverTo(SourceStream next) {
    running = false;
    offered = null;
    traces.end("the state store lost the log: a new epoch");
    waiters.moveTo(next.waiters);
    next.waiters.onStored(next.room.storedFeed());
  }
}
