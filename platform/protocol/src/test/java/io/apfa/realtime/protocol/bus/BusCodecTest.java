package io.apfa.realtime.protocol.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitOverride;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.Update;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

class BusCodecTest {
  @Test
  void shouldCarryEveryKindOfMessageUnchanged() throws Exception {
    for (Class<?> type : BusMessage.class.getPermittedSubclasses()) {
      for (boolean full : new boolean[] {true, false}) {
        BusMessage message = (BusMessage) sample(type, full, 0);
        assertThat(BusCodec.decode(BusCodec.encode(message)))
            .as("%s, %s", type.getSimpleName(), full ? "full" : "nulls")
            .isEqualTo(message);
      }
    }
  }

  @Test
  void shouldWriteATaskAsItWritesAnyRecord() throws Exception {
    for (boolean full : new boolean[] {true, false}) {
      Task task = (Task) sample(Task.class, full, 0);
      MessageBufferPacker quick = MessagePack.newDefaultBufferPacker();
      RecordCodec.of(Task.class).write(task, quick);
      MessageBufferPacker general = MessagePack.newDefaultBufferPacker();
      RecordCodec.of(Task.class).writeComponents(task, general);
      assertThat(quick.toByteArray()).isEqualTo(general.toByteArray());
    }
  }

  @Test
  void shouldNumberMessagesInTheOrderOfTheirKind() throws Exception {
    Class<?>[] members = BusMessage.class.getPermittedSubclasses();
    assertThat(members).hasSameSizeAs(BusMessage.Kind.values());
    for (int i = 0; i < members.length; i++) {
      BusMessage message = (BusMessage) sample(members[i], true, 0);
      assertThat(message.kind()).isEqualTo(List.of(BusMessage.Kind.values()).get(i));
    }
  }

  @Test
  void shouldReadAMessageOfAnOlderNodeThatLacksTheLastComponents() throws Exception {
    MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
    packer.writePayload(new byte[] {BusCodec.VERSION});
    packer.packArrayHeader(1).packString("2c7d");
    TwoParts read = BusCodec.decodeRecord(TwoParts.class, Buffer.buffer(packer.toByteArray()));
    assertThat(read).isEqualTo(new TwoParts("2c7d", 0));
  }

  @Test
  void shouldSkipComponentsOfANewerNodeThatItDoesNotKnow() throws Exception {
    MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
    packer.writePayload(new byte[] {BusCodec.VERSION});
    packer.packArrayHeader(4).packString("2c7d").packLong(7).packString("new").packArrayHeader(0);
    TwoParts read = BusCodec.decodeRecord(TwoParts.class, Buffer.buffer(packer.toByteArray()));
    assertThat(read).isEqualTo(new TwoParts("2c7d", 7));
  }

  /** Limits as nodes announced them before there were overrides. */
  public record EarlierAnnouncement(
      long token, long version, long sinceMillis, Limits limits, @Nullable String error) {}

  @Test
  void shouldUnderstandAndBeUnderstoodByNodesThatKnowNoOverrides() {
    Limits limits = Limits.DEFAULTS.with(LimitKey.SESSION_BURST, 99);
    EarlierAnnouncement earlier = new EarlierAnnouncement(3, 2, 1, limits, null);
    LimitOverride override = new LimitOverride(LimitOverride.Scope.USER, "ada", "session.burst", 5);
    BusMessage.LimitsAnnouncement now =
        new BusMessage.LimitsAnnouncement(3, 2, 1, limits, null, List.of(override));
    assertThat(
            BusCodec.decodeRecord(
                BusMessage.LimitsAnnouncement.class, BusCodec.encodeRecord(earlier)))
        .isEqualTo(new BusMessage.LimitsAnnouncement(3, 2, 1, limits, null, List.of()));
    assertThat(BusCodec.decodeRecord(EarlierAnnouncement.class, BusCodec.encodeRecord(now)))
        .isEqualTo(earlier);
  }

  /** A batch of events as bridges sent it before there were traces. */
  public record EarlierEventBatch(String source, FeedPosition position, List<CeleryEvent> events) {}

  /** A publication as owners sent it before there were traces. */
  public record EarlierPublication(
      String source, long token, String epoch, long from, long offset, Buffer payload) {}

  /** A command as gateways sent it before there were traces. */
  public record EarlierCommandRequest(
      String source, @Nullable String msgId, String user, String remote, Command command) {}

  @Test
  void shouldUnderstandAndBeUnderstoodByNodesThatKnowNoTraces() {
    TraceContext trace = new TraceContext(1, 2, 3);
    FeedPosition position = new FeedPosition(7, 1, "aa");
    assertCompatible(
        new EarlierEventBatch("celery", position, List.of()),
        new BusMessage.EventBatch("celery", position, List.of()),
        new BusMessage.EventBatch("celery", position, List.of(), trace));
    Buffer payload = Buffer.buffer("rows");
    assertCompatible(
        new EarlierPublication("celery", 7, "e1", 1, 2, payload),
        new BusMessage.Publication("celery", 7, "e1", 1, 2, payload),
        new BusMessage.Publication("celery", 7, "e1", 1, 2, payload, List.of(trace, trace)));
    Command command = new Command.Shutdown("w@host");
    assertCompatible(
        new EarlierCommandRequest("celery", "m1", "ada", "::1", command),
        new BusMessage.CommandRequest("celery", "m1", "ada", "::1", command),
        new BusMessage.CommandRequest("celery", "m1", "ada", "::1", command, trace));
  }

  private static void assertCompatible(Record earlier, Record untraced, Record traced) {
    assertThat(BusCodec.decodeRecord(untraced.getClass(), BusCodec.encodeRecord(earlier)))
        .isEqualTo(untraced);
    assertThat(BusCodec.decodeRecord(earlier.getClass(), BusCodec.encodeRecord(traced)))
        .isEqualTo(earlier);
    assertThat(BusCodec.decodeRecord(traced.getClass(), BusCodec.encodeRecord(traced)))
        .isEqualTo(traced);
  }

  @Test
  void shouldSpendOneByteOnATraceThatThereIsNot() {
    FeedPosition position = new FeedPosition(7, 1, "aa");
    Buffer earlier = BusCodec.encodeRecord(new EarlierEventBatch("celery", position, List.of()));
    Buffer now = BusCodec.encodeRecord(new BusMessage.EventBatch("celery", position, List.of()));
    assertThat(now.length()).isEqualTo(earlier.length() + 1);
  }

  @Test
  void shouldRefuseANewerVersionSayingWhatItExpected() {
    assertThatThrownBy(() -> BusCodec.decode(Buffer.buffer(new byte[] {9, 1, 2})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version 9")
        .hasMessageContaining("expected: version 1");
  }

  @Property(tries = 2000)
  void shouldRefuseAnyOtherBytesWithoutAnyOtherException(@ForAll byte[] bytes) {
    byte[] versioned = new byte[bytes.length + 1];
    versioned[0] = BusCodec.VERSION;
    System.arraycopy(bytes, 0, versioned, 1, bytes.length);
    try {
      assertThat(BusCodec.decode(Buffer.buffer(versioned))).isNotNull();
    } catch (IllegalArgumentException expected) {
      assertThat(expected.getMessage()).isNotBlank();
    }
  }

  @Test
  void shouldCarryABatchInTheLogsForm() throws Exception {
    List<Update> updates = new ArrayList<>();
    for (Class<?> type : Update.class.getPermittedSubclasses()) {
      updates.add((Update) sample(type, true, 0));
    }
    Batch batch = new Batch("e1", 1, updates.size(), false, 1_795_555_942_218L, updates);
    assertThat(LogCodec.decode(LogCodec.encode(batch))).isEqualTo(batch);
    assertThat(LogCodec.decode(LogCodec.encodePlain(batch))).isEqualTo(batch);
  }

  /** A record as a test's own small message. */
  public record TwoParts(String first, long second) {}

  private static Object sample(Type type, boolean full, int depth) throws Exception {
    if (type instanceof ParameterizedType generic) {
      Object element = sample(generic.getActualTypeArguments()[0], full, depth + 1);
      return generic.getRawType() == Set.class ? Set.of(element) : List.of(element, element);
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class) {
      return "späť \u0000 😀";
    } else if (raw == long.class) {
      return 1_795_555_942_218L;
    } else if (raw == int.class) {
      return 42;
    } else if (raw == double.class || raw == Double.class) {
      return 0.125;
    } else if (raw == boolean.class) {
      return true;
    } else if (raw == Buffer.class) {
      return Buffer.buffer(new byte[] {0, -1, 7});
    } else if (raw == Limits.class) {
      return Limits.DEFAULTS.with(LimitKey.SESSION_BURST, 99);
    } else if (raw == NodeId.class) {
      return new NodeId("n-1");
    } else if (raw.isEnum()) {
      Object[] constants = raw.getEnumConstants();
      return constants[constants.length - 1];
    } else if (raw.isSealed()) {
      return sample(raw.getPermittedSubclasses()[0], full, depth + 1);
    }
    if (raw.getSimpleName().equals("Queue")) {
      return new io.apfa.realtime.protocol.Command.Queue(
          io.apfa.realtime.protocol.Command.Kind.PURGE, "reports");
    }
    RecordComponent[] components = raw.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      boolean nullable =
          components[i].getAnnotatedType().getAnnotations().length > 0
              && !components[i].getType().isPrimitive();
      values[i] =
          nullable && !full ? null : sample(components[i].getGenericType(), full, depth + 1);
    }
    return raw.getDeclaredConstructor(types).newInstance(values);
  }

  @Test
  void shouldCarryATask() throws Exception {
    Task task = (Task) sample(Task.class, true, 0);
    assertThat(BusCodec.decodeRecord(Task.class, BusCodec.encodeRecord(task))).isEqualTo(task);
  }
}
