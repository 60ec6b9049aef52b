package io.apfa.realtime.e2e;

import io.apfa.realtime.bridge.event.EventSink;
import io.apfa.realtime.bridge.event.Malformed;
import io.apfa.realtime.bridge.event.MessageDecoder;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.broadcaster.room.Flush;
import io.apfa.realtime.broadcaster.room.RoomBounds;
import io.apfa.realtime.broadcaster.room.SourceRoom;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bridge's decoder and the owner's table without anything between them: what the whole system
 * shows of a corpus, in milliseconds. Confined to the test's thread.
 */
final class CorpusTable implements EventSink {
  private final MessageDecoder decoder =
      new MessageDecoder(
          Redactor.of(Redactor.DEFAULT_PATTERNS), MessageDecoder.DEFAULT_MAX_BODY_BYTES);
  private final SourceRoom room = SourceRoom.empty("e1", RoomBounds.DEFAULT);
  final List<CeleryEvent> events = new ArrayList<>();
  final Map<Malformed, Integer> malformed = new EnumMap<>(Malformed.class);
  private final List<CeleryEvent> batch = new ArrayList<>();
  private long batches;

  static CorpusTable of(RecordedCorpus corpus) {
    CorpusTable table = new CorpusTable();
    corpus.messages().forEach(table::hear);
    return table;
  }

  /** A table of decoded events, in the order given, so many in a batch. */
  static CorpusTable ofEvents(List<? extends CeleryEvent> events, int batchSize) {
    CorpusTable table = new CorpusTable();
    for (int i = 0; i < events.size(); i += batchSize) {
      table.merge(List.copyOf(events.subList(i, Math.min(events.size(), i + batchSize))));
    }
    return table;
  }

  private void hear(RecordedCorpus.Heard heard) {
    decoder.decode(heard.message(), this);
    List<CeleryEvent> decoded = List.copyOf(batch);
    batch.clear();
    events.addAll(decoded);
    merge(decoded);
  }

  private void merge(List<CeleryEvent> decoded) {
    if (decoded.isEmpty()) {
      return;
    }
    batches++;
    room.offer(new FeedPosition(1, batches, "h" + batches), decoded, 0);
    while (room.hasWork()) {
      Flush flush = room.close(0, 50);
      flush.encode("celery", 1);
      room.onLogged(flush);
    }
  }

  @Override
  public void onEvent(CeleryEvent event) {
    batch.add(event);
  }

  @Override
  public void onIgnored(String type) {
    // neither a task's nor a worker's state
  }

  @Override
  public void onMalformed(Malformed reason, String detail) {
    malformed.merge(reason, 1, Integer::sum);
  }

  /** Every task as the HTTP API writes it, without its offset, by uuid. */
  Map<String, JsonObject> tasks() {
    Map<String, JsonObject> tasks = new TreeMap<>();
    String cursor = null;
    do {
      TaskPage page =
          room.queries().page(new TaskQuery("celery", null, null, null, null, null, 1000, cursor));
      for (Task task : page.tasks()) {
        JsonObject json = JsonFrames.encode(out -> JsonFrames.writeTask(out, task)).toJsonObject();
        json.remove("offset");
        tasks.put(task.uuid(), json);
      }
      cursor = page.next();
    } while (cursor != null);
    return tasks;
  }

  /** The uuids of a task's children, in order. */
  List<String> children(String uuid) {
    return room.queries().task(uuid).children().stream().map(Task::uuid).sorted().toList();
  }

  /** Every worker, by host name. */
  Map<String, Worker> workers() {
    Map<String, Worker> workers = new LinkedHashMap<>();
    for (Update update : room.latestValues()) {
      if (update instanceof Update.WorkerUpdate each) {
        workers.put(each.worker().hostname(), each.worker());
      }
    }
    return workers;
  }

  /** The events of each task, in order. */
  Map<String, List<CeleryEvent.TaskEvent>> histories() {
    Map<String, List<CeleryEvent.TaskEvent>> histories = new LinkedHashMap<>();
    for (CeleryEvent event : events) {
      if (event instanceof CeleryEvent.TaskEvent task) {
        histories.computeIfAbsent(task.uuid(), uuid -> new ArrayList<>()).add(task);
      }
    }
    return histories;
  }
}
