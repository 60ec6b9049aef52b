package io.apfa.realtime.broadcaster;

import static io.apfa.realtime.broadcaster.StateStoreContract.get;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.Publication;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.CurrentLimits;
import io.apfa.realtime.runtime.Directory;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.SystemTicker;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.testkit.RecordedTracing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.awaitility.Awaitility;

/**
 * A node with a broadcaster, a bridge and a gateway played by the test. It has one event loop, so
 * the whole node can be frozen as a stopped process is. Nodes of one test share nothing but the
 * store.
 */
final class TestNode implements AutoCloseable {
  static final String SOURCE = "celery";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  final List<Publication> publications = new CopyOnWriteArrayList<>();
  final List<BusMessage.LatestValues> latest = new CopyOnWriteArrayList<>();
  final MeterRegistry metrics = new SimpleMeterRegistry();
  final RecordedTracing traces = new RecordedTracing();
  private final Vertx vertx;
  private final Bus bus;
  private final Node node;
  private final BroadcasterVerticle verticle;
  private String deployment = "";
  private CountDownLatch frozen = new CountDownLatch(0);

  private TestNode(String id, Function<Vertx, StateStore> store, BroadcasterOptions options) {
    vertx =
        Vertx.vertx(
            new VertxOptions().setEventLoopPoolSize(1).setBlockedThreadCheckInterval(600_000));
    SystemTicker ticker = new SystemTicker();
    SystemClock clock = new SystemClock();
    bus = get(Bus.open(vertx, new NodeId(id)));
    Directory directory = Directory.open(vertx, bus, Set.of(Role.BROADCASTER), ticker, clock);
    node =
        new Node(
            bus.self(),
            bus,
            directory,
            store.apply(vertx),
            CurrentLimits.open(vertx, bus),
            ticker,
            clock,
            metrics,
            traces);
    bus.listen(BusMessage.Kind.PUBLICATION, Publication.class, publications::add);
    bus.listen(BusMessage.Kind.LATEST_VALUES, BusMessage.LatestValues.class, latest::add);
    verticle = new BroadcasterVerticle(node, options);
  }

  static TestNode start(String id, Function<Vertx, StateStore> store) {
    return start(id, store, BroadcasterOptions.of(List.of(SOURCE)));
  }

  static TestNode start(String id, Function<Vertx, StateStore> store, BroadcasterOptions options) {
    TestNode started = new TestNode(id, store, options);
    started.deployment = get(started.vertx.deployVerticle(started.verticle));
    return started;
  }

  Bus bus() {
    return bus;
  }

  StateStore store() {
    return node.store();
  }

  BusMessage.OwnerAnnouncement announced() {
    return node.directory().ownerOf(SOURCE);
  }

  boolean owns() {
    Future<Boolean> answer = Future.future(p -> interest().map(i -> i.owner()).onComplete(p));
    return get(answer);
  }

  TestNode awaitOwner() {
    Awaitility.await("owner")
        .pollInterval(10, TimeUnit.MILLISECONDS)
        .atMost(10, TimeUnit.SECONDS)
        .until(this::owns);
    return this;
  }

  Future<BusMessage.InterestReply> interest() {
    return ask(new BusMessage.Interest(SOURCE, bus.self(), true), BusMessage.InterestReply.class);
  }

  <T extends BusMessage> Future<T> ask(BusMessage question, Class<T> answer) {
    return bus.request(bus.self(), question, answer, TIMEOUT);
  }

  Future<EventBatchReply> offer(long lease, long number, List<? extends CeleryEvent> events) {
    FeedPosition position = new FeedPosition(lease, number, "h" + number);
    return ask(
        new BusMessage.EventBatch(SOURCE, position, List.copyOf(events)), EventBatchReply.class);
  }

  EventBatchReply send(long lease, long number, List<? extends CeleryEvent> events) {
    return get(offer(lease, number, events));
  }

  EventBatchReply send(long lease, long number, CeleryEvent... events) {
    return send(lease, number, List.of(events));
  }

  /** Every update of every publication so far, in the order they came. */
  List<Update> updates() {
    List<Update> updates = new ArrayList<>();
    publications.forEach(p -> updates.addAll(LogCodec.decode(p.payload()).updates()));
    return updates;
  }

  Task task(String uuid) {
    return get(ask(new BusMessage.TaskLookup(SOURCE, uuid), BusMessage.TaskDetail.class)).task();
  }

  /** Stops the whole node in its tracks, as SIGSTOP does. */
  void freeze() {
    CountDownLatch latch = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    frozen = latch;
    vertx.runOnContext(
        v -> {
          entered.countDown();
          awaitUninterrupted(latch);
        });
    awaitUninterrupted(entered);
  }

  void thaw() {
    frozen.countDown();
  }

  void undeploy() {
    get(vertx.undeploy(deployment));
    deployment = "";
  }

  @Override
  public void close() {
    thaw();
    get(vertx.close());
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
