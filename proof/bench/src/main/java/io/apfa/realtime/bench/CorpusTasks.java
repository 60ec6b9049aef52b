package io.apfa.realtime.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
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
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.FeedPosition;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.GZIPInputStream;

/**
 * Tasks as the captured traffic of a real Celery leaves them in the table. There are fewer than a
 * bench wants, so they come again under new random ids and later times. Immutable.
 */
final class CorpusTasks {
  private static final Path CORPUS =
      Path.of("proof", "e2e", "src", "test", "resources", "corpus", "basic.jsonl.gz");

  private CorpusTasks() {}

  /** {@code count} tasks with offsets from 1. */
  static List<Task> tasks(int count, long seed) throws IOException {
    List<Task> real = real();
    Random random = new Random(seed);
    List<Task> tasks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Task task = real.get(i % real.size());
      long later = i / real.size() * 60_000L;
      tasks.add(i < real.size() ? task.withOffset(i + 1L) : copy(task, random, later, i + 1L));
    }
    return tasks;
  }

  private static Task copy(Task task, Random random, long later, long offset) {
    String uuid = new UUID(random.nextLong(), random.nextLong()).toString();
    boolean root = task.uuid().equals(task.rootId());
    return Task.builder(uuid)
        .name(task.name())
        .state(task.state())
        .worker(task.worker())
        .queue(task.queue())
        .args(task.args())
        .kwargs(task.kwargs())
        .retries(task.retries())
        .etaMillis(later(task.etaMillis(), later))
        .expiresMillis(later(task.expiresMillis(), later))
        .rootId(root ? uuid : task.rootId())
        .parentId(task.parentId())
        .groupId(task.groupId())
        .sentMillis(later(task.sentMillis(), later))
        .receivedMillis(later(task.receivedMillis(), later))
        .startedMillis(later(task.startedMillis(), later))
        .succeededMillis(later(task.succeededMillis(), later))
        .failedMillis(later(task.failedMillis(), later))
        .retriedMillis(later(task.retriedMillis(), later))
        .revokedMillis(later(task.revokedMillis(), later))
        .rejectedMillis(later(task.rejectedMillis(), later))
        .timestampMillis(later(task.timestampMillis(), later))
        .runtimeSeconds(task.runtimeSeconds())
        .result(task.result())
        .exception(task.exception())
        .traceback(task.traceback())
        .progress(task.progress())
        .offset(offset)
        .build();
  }

  private static long later(long millis, long by) {
    return millis < 0 ? millis : millis + by;
  }

  private static List<Task> real() throws IOException {
    List<CeleryEvent> events = events();
    SourceRoom room = SourceRoom.empty("corpus", RoomBounds.DEFAULT);
    room.offer(new FeedPosition(1, 1, "corpus"), events, 0);
    Flush flush = room.close(0, Batch.MAX_UPDATES);
    List<Task> tasks = new ArrayList<>();
    for (Batch batch : flush.batches()) {
      for (Update update : batch.updates()) {
        if (update instanceof Update.TaskUpdate task) {
          tasks.add(task.task());
        }
      }
    }
    return tasks;
  }

  private static List<CeleryEvent> events() throws IOException {
    MessageDecoder decoder =
        new MessageDecoder(
            Redactor.of(Redactor.DEFAULT_PATTERNS), MessageDecoder.DEFAULT_MAX_BODY_BYTES);
    List<CeleryEvent> events = new ArrayList<>();
    EventSink sink =
        new EventSink() {
          @Override
          public void onEvent(CeleryEvent event) {
            events.add(event);
          }

          @Override
          public void onIgnored(String type) {
            // not a task's or a worker's
          }

          @Override
          public void onMalformed(Malformed reason, String detail) {
            // the corpus has some on purpose
          }
        };
    for (String line : lines(CORPUS)) {
      String channel = "";
      String data = "";
      try (JsonParser parser = new JsonFactory().createParser(line)) {
        while (parser.nextToken() != null) {
          if (parser.currentToken() == JsonToken.VALUE_STRING) {
            if ("channel".equals(parser.currentName())) {
              channel = parser.getText();
            } else if ("data".equals(parser.currentName())) {
              data = parser.getText();
            }
          }
        }
      }
      if (channel.startsWith("/0.celeryev/")) {
        byte[] bytes = Base64.getDecoder().decode(data);
        decoder.decode(HeardMessage.envelope(bytes, 1_795_555_942_000L), sink);
      }
    }
    return events;
  }

  private static List<String> lines(Path gzipped) throws IOException {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(gzipped)), StandardCharsets.UTF_8))) {
      return in.lines().toList();
    }
  }
}
