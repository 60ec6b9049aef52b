package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.store.StateStore;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Random publishes, bus losses, owner changes, joins with positions and snapshots, slow clients: in
 * the end every client's view of its room is the room's, and what it got was in order, without a
 * gap and without a repeat.
 */
class HubModelTest {
  private static final String SOURCE = "celery";

  /** The world around the hub, driven by one random number generator. */
  private static final class World implements Upstream {
    final Random random;
    final Hub hub;
    final List<Viewer> viewers = new ArrayList<>();
    final Deque<Runnable> later = new ArrayDeque<>();
    final Map<String, Task> table = new LinkedHashMap<>();
    final List<StateStore.LoggedBatch> log = new ArrayList<>();
    final List<Batch> batches = new ArrayList<>();
    String epoch = "e0";
    long token = 1;
    long head;
    long now = 1_000_000_000L;
    int commands;

    World(long seed) {
      random = new Random(seed);
      hub =
          new Hub(
              List.of(SOURCE),
              this,
              SessionEvents.NONE,
              LimitPolicy.of(
                  Limits.DEFAULTS
                      .with(LimitKey.SESSION_BURST, 2)
                      .with(LimitKey.SESSION_OUTBOX_BYTES, 16_384)
                      .with(LimitKey.BATCH_SIZE, 5)));
    }

    void publish() {
      List<Update> updates = new ArrayList<>();
      int count = 1 + random.nextInt(8);
      for (int i = 0; i < count; i++) {
        long offset = head + 1 + updates.size();
        if (random.nextInt(10) == 0) {
          updates.add(
              new Update.CommandUpdate(
                  "c" + ++commands, null, CommandStatus.CONFIRMED, null, "u" + random.nextInt(20)));
        } else {
          Task task =
              Task.builder("u" + random.nextInt(20))
                  .state(random.nextBoolean() ? "STARTED" : "SUCCESS")
                  .queue("q" + random.nextInt(2))
                  .args("x".repeat(random.nextInt(200)))
                  .offset(offset)
                  .build();
          updates.add(new Update.TaskUpdate(task));
          table.put(task.uuid(), task);
        }
      }
      Batch batch = new Batch(epoch, head + 1, head + updates.size(), false, 1, updates);
      head = batch.offset();
      batches.add(batch);
      var payload = LogCodec.encode(batch);
      log.add(new StateStore.LoggedBatch(batch.from(), batch.offset(), payload));
      if (random.nextInt(5) > 0) {
        var publication =
            new BusMessage.Publication(SOURCE, token, epoch, batch.from(), batch.offset(), payload);
        Runnable deliver = () -> hub.onPublication(publication, now);
        if (random.nextInt(6) == 0) {
          later.add(deliver);
        } else {
          deliver.run();
        }
      }
      if (random.nextBoolean()) {
        hub.flush(now);
      }
    }

    void newEpoch() {
      epoch = "e" + token;
      token++;
      head = 0;
      log.clear();
      batches.clear();
    }

    BusMessage.InterestReply head() {
      return new BusMessage.InterestReply(SOURCE, true, token, epoch, head, 0);
    }

    @Override
    public void announceInterest(String source) {
      BusMessage.InterestReply reply = head();
      later.add(() -> hub.onHead(reply, now));
    }

    @Override
    public void pull(String source, String ofEpoch, long from) {
      later.add(() -> hub.onPulled(source, ofEpoch, page(ofEpoch, from), now));
    }

    @Override
    public void readBack(String source, String ofEpoch, long from, long to) {
      later.add(
          () -> {
            ReadBack read = new ReadBack(from, to, now);
            boolean more = read.add(page(ofEpoch, from));
            while (more) {
              more = read.add(page(ofEpoch, read.next()));
            }
            hub.onReadBack(source, ofEpoch, from, read, now);
          });
    }

    private StateStore.LogPage page(String ofEpoch, long from) {
      long first = log.isEmpty() ? head + 1 : log.get(0).from();
      if (!ofEpoch.equals(epoch) || from < first) {
        return new StateStore.LogPage(false, head, List.of());
      }
      return new StateStore.LogPage(
          true, head, log.stream().filter(batch -> batch.offset() >= from).limit(3).toList());
    }

    @Override
    public void loadSnapshot(Room room, SnapshotWish wish, Format format) {
      StreamPosition position = new StreamPosition(epoch, head);
      List<Task> tasks =
          table.values().stream()
              .filter(task -> RoomFilter.matches(room, new Update.TaskUpdate(task)))
              .toList();
      Snapshot snapshot =
          new Snapshot(
              position,
              List.of(
                  format.encodeSnapshot(
                      room.name(), position, 1, 2, tasks.subList(0, tasks.size() / 2), 1024),
                  format.encodeSnapshot(
                      room.name(),
                      position,
                      2,
                      2,
                      tasks.subList(tasks.size() / 2, tasks.size()),
                      1024)));
      later.add(() -> hub.onSnapshot(room, wish, format, snapshot, now));
    }

    @Override
    public void loadLatestValues(String source) {
      later.add(
          () ->
              hub.onLatestValues(
                  new BusMessage.LatestValues(SOURCE, token, 0, true, List.of()), 1));
    }

    void join() {
      Room room =
          switch (random.nextInt(4)) {
            case 0 -> Room.tasks(SOURCE);
            case 1 -> new Room(SOURCE, Room.Kind.QUEUE, "q" + random.nextInt(2));
            case 2 -> new Room(SOURCE, Room.Kind.TASK, "u" + random.nextInt(20));
            default -> new Room(SOURCE, Room.Kind.COMMANDS, "");
          };
      Viewer viewer = new Viewer(this, room);
      viewers.add(viewer);
      viewer.connect(null);
    }

    void step() {
      switch (random.nextInt(20)) {
        case 0, 1 -> {
          if (viewers.size() < 8) {
            join();
          }
        }
        case 2 -> runLater();
        case 3 -> {
          if (!viewers.isEmpty()) {
            viewers.get(random.nextInt(viewers.size())).reconnect();
          }
        }
        case 4 -> viewers.forEach(Viewer::drain);
        case 5 -> {
          if (random.nextInt(15) == 0) {
            newEpoch();
          }
        }
        case 6 -> {
          if (random.nextInt(10) == 0 && log.size() > 3) {
            log.subList(0, log.size() - 2).clear();
          }
        }
        case 7, 8 -> {
          hub.onHead(head(), now);
        }
        case 9 -> tick(200_000_000L);
        default -> publish();
      }
      tick(5_000_000L);
    }

    void tick(long nanos) {
      now += nanos;
      hub.tick(now, 1);
    }

    void runLater() {
      for (int i = later.size(); i > 0; i--) {
        later.remove().run();
      }
    }

    /**
     * Long enough for the last that moves, and then for the position of a quiet room to be told.
     */
    void settle() {
      for (int i = 0; i < 120; i++) {
        runLater();
        viewers.forEach(Viewer::drain);
        hub.onHead(head(), now);
        hub.flush(now);
        tick(600_000_000L);
      }
    }
  }

  /** One client, as the contract tells it to behave. */
  private static final class Viewer implements SessionTransport {
    final World world;
    final Room room;
    final Map<String, Long> view = new HashMap<>();
    final List<String> commands = new ArrayList<>();
    final Map<String, Long> snapshot = new HashMap<>();
    @Nullable Session session;
    String epoch = "";
    long offset = -1;
    boolean registered;
    boolean complete;
    long pendingBytes;

    Viewer(World world, Room room) {
      this.world = world;
      this.room = room;
    }

    void connect(@Nullable StreamPosition position) {
      registered = false;
      pendingBytes = 0;
      Session opened = world.hub.open("s" + world.random.nextLong(), this, "127.0.0.1", world.now);
      session = opened;
      opened.authenticate(Identity.ANYONE, world.now);
      world.hub.join(
          opened,
          room,
          new Subscription.Request(Format.BRIDGE_JSON, true, position, SnapshotWish.ALL),
          world.now);
    }

    void reconnect() {
      Session old = session;
      if (old != null) {
        session = null;
        world.hub.remove(old);
      }
      connect(complete ? new StreamPosition(epoch, offset) : null);
    }

    void drain() {
      Session current = session;
      if (current != null && pendingBytes > 0) {
        long bytes = pendingBytes;
        pendingBytes = 0;
        world.hub.onDrained(current, bytes, world.now);
      }
    }

    @Override
    public boolean write(List<Frame> frames, long bytes) {
      for (Frame frame : frames) {
        onFrame(new JsonObject(frame.bytes().toString()));
      }
      if (pendingBytes == 0 && world.random.nextBoolean()) {
        return true;
      }
      pendingBytes += bytes;
      return false;
    }

    @Override
    public void ping() {
      // the model's clients never die silently
    }

    @Override
    public void close(Disconnect disconnect, String reason) {
      Session closed = session;
      session = null;
      if (closed != null) {
        world.later.add(
            () -> {
              world.hub.remove(closed);
              if (session == null) {
                connect(complete ? new StreamPosition(epoch, offset) : null);
              }
            });
      }
    }

    private void onFrame(JsonObject frame) {
      JsonObject body = frame.getJsonObject("body");
      assertThat(frame.getString("address")).as("no other room's frame").isEqualTo(room.name());
      if ("registered".equals(frame.getString("type"))) {
        registered = true;
        StreamPosition position = StreamPosition.parse(body.getString("position"));
        if (body.getBoolean("recovered")) {
          assertThat(position).isEqualTo(new StreamPosition(epoch, offset));
        } else {
          complete = false;
          epoch = position.epoch();
          offset = position.offset();
          view.clear();
          snapshot.clear();
        }
      } else if ("snapshot".equals(body.getString("type"))) {
        assertThat(registered).isTrue();
        assertThat(body.getLong("offset")).isEqualTo(offset);
        body.getJsonArray("tasks")
            .forEach(
                each -> {
                  JsonObject task = (JsonObject) each;
                  snapshot.put(task.getString("uuid"), task.getLong("offset"));
                });
        if (body.getInteger("part").equals(body.getInteger("parts"))) {
          view.putAll(snapshot);
          complete = true;
        }
      } else {
        onBatch(body);
      }
    }

    private void onBatch(JsonObject body) {
      assertThat(registered).as("registered before any publication").isTrue();
      assertThat(body.getString("epoch")).isEqualTo(epoch);
      assertThat(body.getLong("from")).as("no gap").isLessThanOrEqualTo(offset + 1);
      assertThat(body.getLong("offset")).as("no repeat").isGreaterThan(offset);
      assertThat(body.getInteger("count")).isBetween(0, 5);
      long last = 0;
      for (Object each : body.getJsonArray("updates")) {
        JsonObject data = ((JsonObject) each).getJsonObject("data");
        if (data.containsKey("uuid")) {
          long at = data.getLong("offset");
          assertThat(at).isGreaterThan(Math.max(last, offset));
          last = at;
          view.put(data.getString("uuid"), at);
        } else {
          commands.add(data.getString("commandId"));
        }
      }
      offset = body.getLong("offset");
    }

    void check() {
      Map<String, Long> expected = new HashMap<>();
      world.table.values().stream()
          .filter(task -> RoomFilter.matches(room, new Update.TaskUpdate(task)))
          .forEach(task -> expected.put(task.uuid(), task.offset()));
      Map<String, Long> seen = new HashMap<>(view);
      if (room.kind() == Room.Kind.QUEUE) {
        seen.keySet().retainAll(expected.keySet());
      }
      assertThat(seen).as("view of " + room).isEqualTo(expected);
      assertThat(commands).as("commands").doesNotHaveDuplicates();
      assertThat(new StreamPosition(epoch, offset))
          .as("a position keeps up however quiet its room is")
          .isEqualTo(new StreamPosition(world.epoch, world.head));
    }
  }

  @Property(tries = 150)
  void shouldGiveEveryClientTheRoomsView(@ForAll long seed) {
    World world = new World(seed);
    world.join();
    for (int i = 0; i < 300; i++) {
      world.step();
    }
    world.settle();
    world.viewers.forEach(Viewer::check);
    for (Session session : world.hub.sessions()) {
      assertThat(session.state()).isEqualTo(SessionState.OPEN);
    }
  }
}
