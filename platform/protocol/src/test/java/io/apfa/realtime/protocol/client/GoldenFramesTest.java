package io.apfa.realtime.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Gzip;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The golden frames: what this version writes, byte for byte, with the JSON each must be read as.
 * The browser's tests read the same file. A change of form on purpose is written with {@code
 * -Dapfa.golden.write=true} and reviewed as a change of the protocol.
 */
class GoldenFramesTest {
  private static final Path FILE = Path.of("src", "test", "resources", "golden", "frames.jsonl");
  private static final int NEVER = Integer.MAX_VALUE;
  private static final long CLOSED = 1_795_555_942_218L;
  private static final String ROOM = "celery:tasks";

  @Test
  void shouldWriteEveryGoldenFrameByteForByte() throws IOException {
    List<String> lines = new ArrayList<>();
    Batch mixed = mixed();
    lines.add(line("json", "json", List.of(JsonFrames.batch(ROOM, mixed)), List.of(mixed)));
    lines.add(
        line(
            "msgpack",
            "msgpack",
            List.of(MsgpackFrames.batch(ROOM, mixed, NEVER)),
            List.of(mixed)));
    lines.add(
        line(
            "msgpack-gzipped",
            "msgpack",
            List.of(MsgpackFrames.batch(ROOM, mixed, 64)),
            List.of(mixed)));
    lines.add(
        line(
            "columns",
            "msgpack-columns",
            List.of(ColumnsFrames.batch(ROOM, mixed, NEVER)),
            List.of(mixed)));
    List<Batch> lives = generation();
    ColumnsGeneration generation = new ColumnsGeneration(3);
    List<Buffer> frames = new ArrayList<>();
    for (Batch batch : lives) {
      frames.add(ColumnsFrames.batch(ROOM, batch, NEVER, generation));
    }
    lines.add(line("columns-generation", "msgpack-columns", frames, lives));
    lines.add(snapshot("msgpack-snapshot", "msgpack"));
    lines.add(snapshot("columns-snapshot", "msgpack-columns"));

    String text = String.join("\n", lines) + "\n";
    if (Boolean.getBoolean("apfa.golden.write")) {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, text);
    }
    assertThat(inflated(text)).isEqualTo(inflated(Files.readString(FILE)));
  }

  /** The lines with gzipped frames inflated: zlib versions may deflate differently. */
  private static List<String> inflated(String text) {
    List<String> lines = new ArrayList<>();
    for (String line : text.lines().toList()) {
      int start = line.indexOf("\"H4sI");
      if (start >= 0) {
        int end = line.indexOf('"', start + 1);
        byte[] gzipped = Base64.getDecoder().decode(line.substring(start + 1, end));
        line =
            line.substring(0, start)
                + Base64.getEncoder().encodeToString(Gzip.inflate(gzipped, 1 << 20))
                + line.substring(end + 1);
      }
      lines.add(line);
    }
    return lines;
  }

  private static String line(
      String name, String encoding, List<Buffer> frames, List<Batch> expected) {
    return JsonFrames.encode(
            out -> {
              out.writeStartObject();
              out.writeStringField("name", name);
              out.writeStringField("encoding", encoding);
              out.writeArrayFieldStart("frames");
              for (Buffer frame : frames) {
                out.writeString(Base64.getEncoder().encodeToString(frame.getBytes()));
              }
              out.writeEndArray();
              out.writeArrayFieldStart("expected");
              for (Batch batch : expected) {
                JsonFrames.writeBatch(out, ROOM, batch);
              }
              out.writeEndArray();
              out.writeEndObject();
            })
        .toString();
  }

  private static String snapshot(String name, String encoding) {
    List<Task> tasks = List.of(finished(4), Task.builder("not-a-uuid").offset(9).build());
    StreamPosition position = new StreamPosition("e1a2", 12);
    Buffer frame =
        encoding.equals("msgpack")
            ? MsgpackFrames.snapshot(ROOM, position, 2, 3, tasks, NEVER)
            : ColumnsFrames.snapshot(ROOM, position, 2, 3, tasks, NEVER);
    return JsonFrames.encode(
            out -> {
              out.writeStartObject();
              out.writeStringField("name", name);
              out.writeStringField("encoding", encoding);
              out.writeArrayFieldStart("frames");
              out.writeString(Base64.getEncoder().encodeToString(frame.getBytes()));
              out.writeEndArray();
              out.writeArrayFieldStart("expected");
              out.writeStartObject();
              out.writeStringField("type", "snapshot");
              out.writeStringField("room", ROOM);
              out.writeStringField("epoch", "e1a2");
              out.writeNumberField("offset", 12);
              out.writeNumberField("part", 2);
              out.writeNumberField("parts", 3);
              out.writeFieldName("tasks");
              JsonFrames.writeTasks(out, tasks);
              out.writeEndObject();
              out.writeEndArray();
              out.writeEndObject();
            })
        .toString();
  }

  private static Batch mixed() {
    return new Batch(
        "e1a2",
        5,
        11,
        false,
        CLOSED,
        List.of(
            new Update.TaskUpdate(finished(5)),
            new Update.TaskUpdate(failed(6)),
            new Update.BatchProgress("g-1", 4, 3, 1, 1, 75),
            new Update.Gap(
                CLOSED - 9000, CLOSED, "w1@späť", List.of("task-started"), 12, "reconnect"),
            new Update.CommandUpdate(
                "c-1", "m-1", CommandStatus.CONFIRMED, null, finished(5).uuid()),
            new Update.QueueDepth("reports", 12, 3),
            new Update.WorkerUpdate(
                new Worker(
                    "w1@späť",
                    Worker.Status.ONLINE,
                    4711,
                    2.0,
                    1,
                    99,
                    List.of(0.5, 0.25, 0.125),
                    "py-celery",
                    "5.2.6",
                    "Linux",
                    4,
                    CLOSED - 100))));
  }

  private static List<Batch> generation() {
    Task sent =
        Task.builder("39dd0882-6d6a-4dba-b762-1d455820073c")
            .name("orders.add")
            .args("(2, 3)")
            .kwargs("{}")
            .queue("celery")
            .retries(0)
            .rootId("39dd0882-6d6a-4dba-b762-1d455820073c")
            .sentMillis(CLOSED - 30)
            .timestampMillis(CLOSED - 30)
            .offset(1)
            .build();
    Task started =
        sent.toBuilder()
            .state("STARTED")
            .worker("w1@alpha")
            .receivedMillis(CLOSED - 28)
            .startedMillis(CLOSED + 90)
            .timestampMillis(CLOSED + 90)
            .suspect(new Task.Suspect("worker-silent", CLOSED))
            .offset(2)
            .build();
    Task ended =
        started.toBuilder()
            .state("SUCCESS")
            .succeededMillis(CLOSED + 190)
            .timestampMillis(CLOSED + 190)
            .runtimeSeconds(0.05018226499998946)
            .result("5")
            .suspect(null)
            .offset(3)
            .build();
    return List.of(
        batch(1, CLOSED, List.of(sent)),
        batch(2, CLOSED + 100, List.of(started)),
        batch(3, CLOSED + 200, List.of(ended, failed(4))));
  }

  private static Batch batch(long from, long closed, List<Task> tasks) {
    List<Update> updates = new ArrayList<>();
    for (Task task : tasks) {
      updates.add(new Update.TaskUpdate(task));
    }
    return new Batch("e1a2", from, from + tasks.size() - 1, false, closed, updates);
  }

  private static Task finished(long offset) {
    return Task.builder("5f35faca-c08e-4bbc-aed4-cb2730a433cf")
        .name("orders.import_file")
        .state("SUCCESS")
        .worker("w2@beta")
        .queue("celery")
        .args("(40, 0.1)")
        .kwargs("{'größe': '😀'}")
        .retries(1)
        .etaMillis(CLOSED + 5000)
        .rootId("5f35faca-c08e-4bbc-aed4-cb2730a433cf")
        .parentId("p-1")
        .groupId("g-1")
        .sentMillis(CLOSED - 300)
        .receivedMillis(CLOSED - 299)
        .startedMillis(CLOSED - 298)
        .retriedMillis(CLOSED - 250)
        .succeededMillis(CLOSED - 20)
        .timestampMillis(CLOSED - 20)
        .runtimeSeconds(0.25)
        .result("'ok'")
        .progress("{\"current\":3,\"list\":[1,null,true,\"ü\"]}")
        .offset(offset)
        .build();
  }

  private static Task failed(long offset) {
    return Task.builder("89e3ae11-be18-4269-a320-4b81a9436270")
        .name("orders.fail")
        .state("FAILURE")
        .worker("w2@beta")
        .exception("ValueError('späť')")
        .traceback("Traceback (most recent call last):\n  …")
        .receivedMillis(CLOSED - 99)
        .failedMillis(CLOSED - 1)
        .timestampMillis(CLOSED - 1)
        .offset(offset)
        .build();
  }
}
