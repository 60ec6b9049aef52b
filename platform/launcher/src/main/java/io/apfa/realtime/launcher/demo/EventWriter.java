package io.apfa.realtime.launcher.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * The event dispatcher of one process: stamps events with its host name, pid and clock (celery-wire
 * 1). Confined to its owner's thread.
 */
final class EventWriter {
  private static final int EVENTS_PER_LIST = 24;

  private final KombuNames names;
  private final String hostname;
  private final int pid;
  private final Uuids uuids;
  private final List<String> buffered = new ArrayList<>();
  private long clock;

  EventWriter(KombuNames names, String hostname, int pid, Uuids uuids) {
    this.names = names;
    this.hostname = hostname;
    this.pid = pid;
    this.uuids = uuids;
  }

  /** The Lamport clock after the last event. */
  long clock() {
    return clock;
  }

  String hostname() {
    return hostname;
  }

  /** An event that is published by itself: worker-*, task-sent and those that tasks send. */
  RedisCommand single(String type, long nowMillis, JsonText.Body fields) {
    return publish(type, event(type, nowMillis, fields));
  }

  /** Keeps an event for the next {@link #flush}: a worker's main process sends lists. */
  void buffer(String type, long nowMillis, JsonText.Body fields) {
    buffered.add(event(type, nowMillis, fields));
  }

  /** The buffered events as lists of at most 24. */
  void flush(List<RedisCommand> out) {
    for (int from = 0; from < buffered.size(); from += EVENTS_PER_LIST) {
      int to = Math.min(from + EVENTS_PER_LIST, buffered.size());
      out.add(publish("task-multi", JsonText.arrayOf(buffered.subList(from, to))));
    }
    buffered.clear();
  }

  private String event(String type, long nowMillis, JsonText.Body fields) {
    clock++;
    return JsonText.object(
        json -> {
          json.writeStringField("hostname", hostname);
          json.writeNumberField("utcoffset", 0);
          json.writeNumberField("pid", pid);
          json.writeNumberField("clock", clock);
          fields.write(json);
          json.writeNumberField("timestamp", nowMillis / 1000.0);
          json.writeStringField("type", type);
        });
  }

  private RedisCommand publish(String type, String body) {
    String envelope = Envelope.event(hostname, KombuNames.routingKey(type), body, uuids.next());
    return RedisCommand.publish(names.eventChannel(type), envelope);
  }
}
