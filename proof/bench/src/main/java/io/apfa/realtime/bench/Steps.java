package io.apfa.realtime.bench;

import io.apfa.realtime.bridge.event.EventSink;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.bridge.event.Malformed;
import io.apfa.realtime.bridge.event.MessageDecoder;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.broadcaster.room.Flush;
import io.apfa.realtime.broadcaster.room.RoomBounds;
import io.apfa.realtime.broadcaster.room.SourceRoom;
import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TokenBucket;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.protocol.client.ColumnsFrames;
import io.apfa.realtime.testkit.EventPublisher;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What {@link StepsBench} measures. Public because JMH generates code that calls it. Confined to
 * JMH's thread.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Steps {
  private static final int EVENTS = 9_600;
  private static final int EVENTS_A_MESSAGE = 24;
  private static final int TASKS = EVENTS / IngestLoad.PER_TASK;
  private static final int ROWS_A_FRAME = 50;
  private static final long HEARD_MILLIS = 1_795_555_942_250L;

  private final MessageDecoder decoder =
      new MessageDecoder(
          Redactor.of(Redactor.DEFAULT_PATTERNS), MessageDecoder.DEFAULT_MAX_BODY_BYTES);
  private final TokenBucket bucket = new TokenBucket(1e12, 1e12, 0);
  private final Decoded decoded = new Decoded();
  private List<HeardMessage> singles = List.of();
  private List<HeardMessage> lists = List.of();
  private List<CeleryEvent> events = List.of();
  private Flush flush = closed(SourceRoom.empty("e", RoomBounds.DEFAULT));
  private Batch frame = Batch.ofLatestValues(0, List.of());
  private long now;

  /** A room with everything merged and nothing closed. Confined to JMH's thread. */
  @State(Scope.Thread)
  public static class Merged {
    private SourceRoom room = SourceRoom.empty("e", RoomBounds.DEFAULT);

    /** Merges anew, as closing takes it all. */
    @Setup(Level.Invocation)
    public void merge(Steps steps) {
      room = steps.merged();
    }
  }

  /** Takes events and counts them. Confined to JMH's thread. */
  private static final class Decoded implements EventSink {
    final List<CeleryEvent> events = new ArrayList<>();

    @Override
    public void onEvent(CeleryEvent event) {
      events.add(event);
    }

    @Override
    public void onIgnored(String type) {
      throw new IllegalStateException("ignored: " + type);
    }

    @Override
    public void onMalformed(Malformed reason, String detail) {
      throw new IllegalStateException(detail);
    }
  }

  /** Makes what the steps begin with. */
  @Setup
  public void prepare() {
    singles = messages(1);
    lists = messages(EVENTS_A_MESSAGE);
    events = List.copyOf(decode(lists));
    flush = closed(merged());
    List<Update> rows = new ArrayList<>();
    for (Task task : SyntheticTasks.finished(ROWS_A_FRAME, 1)) {
      rows.add(new Update.TaskUpdate(task));
    }
    frame = new Batch("e1a2b3c4", 1, ROWS_A_FRAME, false, HEARD_MILLIS, rows);
  }

  private static List<HeardMessage> messages(int eventsEach) {
    List<HeardMessage> messages = new ArrayList<>();
    List<String> list = new ArrayList<>();
    String[] running = new String[100];
    for (int i = 0; i < EVENTS; i++) {
      int step = i / running.length % IngestLoad.PER_TASK;
      if (step == 0) {
        running[i % running.length] = UUID.randomUUID().toString();
      }
      list.add(
          EventPublisher.event(running[i % running.length], step, 1_795_555_942.25 + i * 1e-4, i));
      if (list.size() == eventsEach) {
        messages.add(HeardMessage.envelope(envelope(EventPublisher.command(list)), HEARD_MILLIS));
        list.clear();
      }
    }
    return messages;
  }

  /** The payload of a PUBLISH. */
  private static byte[] envelope(byte[] command) {
    int from = new String(command, StandardCharsets.ISO_8859_1).indexOf("{\"body");
    return Arrays.copyOfRange(command, from, command.length - 2);
  }

  private List<CeleryEvent> decode(List<HeardMessage> messages) {
    decoded.events.clear();
    for (HeardMessage message : messages) {
      decoder.decode(message, decoded);
    }
    return decoded.events;
  }

  private SourceRoom merged() {
    SourceRoom room = SourceRoom.empty("e", RoomBounds.DEFAULT);
    room.offer(new FeedPosition(1, 1, "hash"), events, 0);
    return room;
  }

  private static Flush closed(SourceRoom room) {
    return room.close(HEARD_MILLIS, ROWS_A_FRAME);
  }

  /** An event that came alone, from its envelope to a record. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public Object decodeEvent() {
    return decode(singles);
  }

  /** An event that came in a list of 24. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public Object decodeEventOfList() {
    return decode(lists);
  }

  /** An event into the task table, until its row has an offset; four events a task. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public Object mergeEvent() {
    return closed(merged());
  }

  /** A task of a flush, for the log and for the store. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public Object encodeFlushedTask() {
    return flush.encode("celery", 1);
  }

  /** A frame of 50 tasks in msgpack-columns, gzipped. */
  @Benchmark
  public Object encodeFrameOfColumns() {
    return ColumnsFrames.batch("celery:tasks", frame, 1024);
  }

  /** Closing a batch of what was merged, a task: what the batcher costs beside the merging. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public Object closeTask(Merged merged) {
    return closed(merged.room);
  }

  /**
   * A frame to one of 1,000 sessions without its socket: outbox, position, its share of encoding.
   */
  @Benchmark
  @OperationsPerInvocation(Crowd.SESSIONS)
  public long serveSession(Crowd crowd) {
    return crowd.serve();
  }

  /** A permit. */
  @Benchmark
  public boolean takePermit() {
    now += 1000;
    return bucket.tryAcquire(1, now);
  }
}
