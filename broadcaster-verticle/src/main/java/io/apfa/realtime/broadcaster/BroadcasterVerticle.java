package io.apfa.realtime.broadcaster;

import io.apfa.realtime.broadcaster.room.RoomQueries;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply.Status;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.ProcessorLoad;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Competes for every configured source, and answers for those this node owns. Deploy one a node.
 *
 * <p>Confined to its verticle's context.
 */
public final class BroadcasterVerticle extends VerticleBase {
  private static final long TICK_MILLIS = 50;

  private final Node node;
  private final BroadcasterOptions options;
  private final FlushPace pace = new FlushPace();
  private final Map<String, SourceOwner> owners = new LinkedHashMap<>();
  private final List<Bus.Registration> registrations = new ArrayList<>();
  private @Nullable PressureReporter pressure;

  public BroadcasterVerticle(Node node, BroadcasterOptions options) {
    this.node = node;
    this.options = options;
  }

  @Override
  public Future<?> start() {
    for (String source : options.sources()) {
      owners.put(source, new SourceOwner(vertx, node, source, options, pace));
    }
    long now = node.ticker().nanos();
    PressureReporter reporter =
        new PressureReporter(node, owners.values(), ProcessorLoad.ofThisProcess(now), now);
    pressure = reporter;
    answer(BusMessage.Kind.EVENT_BATCH, BusMessage.EventBatch.class, this::onEvents);
    answer(BusMessage.Kind.INTEREST, BusMessage.Interest.class, this::onInterest);
    answer(BusMessage.Kind.TASK_QUERY, BusMessage.Query.class, m -> onQuery(m.query()));
    answer(
        BusMessage.Kind.TASK_LOOKUP,
        BusMessage.TaskLookup.class,
        m -> ask(m.source(), stream -> queries(stream).task(m.uuid())));
    answer(
        BusMessage.Kind.GROUP_QUERY,
        BusMessage.GroupQuery.class,
        m -> ask(m.source(), stream -> queries(stream).group(m.groupId())));
    answer(
        BusMessage.Kind.COMMAND_QUERY,
        BusMessage.CommandQuery.class,
        m -> ask(m.source(), stream -> stream.room().command(m.commandId())));
    answer(
        BusMessage.Kind.LATEST_QUERY,
        BusMessage.LatestQuery.class,
        m -> ask(m.source(), SourceStream::latestValues));
    registrations.add(
        node.bus()
            .listen(
                BusMessage.Kind.PRESSURE_DIRECTIVE,
                BusMessage.PressureDirective.class,
                directive -> pace.onDirective(directive, node.ticker().nanos())));
    vertx.setPeriodic(TICK_MILLIS, id -> tick());
    tick();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    registrations.forEach(Bus.Registration::end);
    List<Future<Void>> ends = new ArrayList<>();
    owners.values().forEach(owner -> ends.add(owner.stop()));
    return Future.join(ends);
  }

  /** Whether this node owns {@code source} now; on the verticle's context only. */
  boolean owns(String source) {
    SourceOwner owner = owners.get(source);
    return owner != null && owner.serving() != null;
  }

  private void tick() {
    long now = node.ticker().nanos();
    owners.values().forEach(owner -> owner.tick(now));
    if (pressure != null) {
      pressure.tick(now);
    }
  }

  private <T extends BusMessage> void answer(
      BusMessage.Kind kind, Class<T> type, Function<T, Future<? extends BusMessage>> handler) {
    registrations.add(node.bus().respond(kind, type, handler));
  }

  private Future<EventBatchReply> onEvents(BusMessage.EventBatch batch) {
    SourceOwner owner = owners.get(batch.source());
    return owner == null
        ? Future.succeededFuture(new EventBatchReply(Status.NOT_OWNER, FeedPosition.NONE))
        : owner.onEvents(batch);
  }

  private Future<BusMessage.InterestReply> onInterest(BusMessage.Interest interest) {
    SourceOwner owner = owners.get(interest.source());
    return Future.succeededFuture(
        owner == null
            ? new BusMessage.InterestReply(interest.source(), false, 0, "", 0, 0)
            : owner.onInterest(interest));
  }

  private Future<BusMessage.Page> onQuery(TaskQuery query) {
    return ask(query.source(), stream -> pageOf(queries(stream), query)).compose(page -> page);
  }

  private Future<BusMessage.Page> pageOf(RoomQueries queries, TaskQuery query) {
    if (query.q() == null || query.q().isEmpty()) {
      return refuseBadCursor(() -> queries.page(query));
    }
    Supplier<TaskPage> search = queries.search(query);
    return vertx.executeBlocking(() -> refuseBadCursor(search)).compose(page -> page);
  }

  private static Future<BusMessage.Page> refuseBadCursor(Supplier<TaskPage> page) {
    try {
      return Future.succeededFuture(new BusMessage.Page(page.get()));
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      return Future.failedFuture(new RefusedException(ErrorCode.BAD_REQUEST, message));
    }
  }

  private <T> Future<T> ask(String source, Function<SourceStream, T> question) {
    SourceOwner owner = owners.get(source);
    SourceStream stream = owner == null ? null : owner.serving();
    if (stream == null) {
      String message =
          "source " + Texts.quote(source, 64) + ": node " + node.id() + " is not its owner";
      return Future.failedFuture(new RefusedException(ErrorCode.UNAVAILABLE, message));
    }
    return Future.succeededFuture(question.apply(stream));
  }

  private static RoomQueries queries(SourceStream stream) {
    return stream.room().queries();
  }
}
