package io.apfa.realtime.launcher.demo;

import java.util.List;

/**
 * Puts task messages on their queues and says so with task-sent, in the order of the real producer:
 * message first. Confined to its owner's thread.
 */
final class TaskSender {
  private final EventWriter events;
  private final Uuids uuids;

  TaskSender(EventWriter events, Uuids uuids) {
    this.events = events;
    this.uuids = uuids;
  }

  void send(DemoTask task, long nowMillis, List<RedisCommand> out) {
    out.add(RedisCommand.of("LPUSH", task.queue(), task.encode(events.hostname(), uuids.next())));
    out.add(
        events.single(
            "task-sent",
            nowMillis,
            json -> {
              task.writeFields(json);
              json.writeStringField("queue", task.queue());
              json.writeStringField("exchange", "");
              json.writeStringField("routing_key", task.queue());
            }));
  }
}
