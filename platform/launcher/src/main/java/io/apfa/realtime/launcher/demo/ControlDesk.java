package io.apfa.realtime.launcher.demo;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * Answers control requests for one simulated worker as Celery's own panel does (celery-wire 2); an
 * unknown method gets the KeyError it gets there. Confined to its owner's thread.
 */
final class ControlDesk {
  private final DemoWorker worker;

  ControlDesk(DemoWorker worker) {
    this.worker = worker;
  }

  /** Carries a request out and returns the answer as JSON. */
  String answer(ControlRequest request, long nowMillis, List<RedisCommand> out) {
    return switch (request.method()) {
      case "ping" -> ok("pong");
      case "revoke" -> revoke(request, nowMillis, out);
      case "active" -> JsonText.arrayOf(active());
      case "reserved" -> JsonText.arrayOf(reserved());
      case "scheduled" -> JsonText.arrayOf(scheduled());
      case "query_task" -> queryTask(request);
      case "stats" -> stats();
      case "registered" -> registered();
      case "active_queues" -> activeQueues();
      case "revoked" -> JsonText.arrayOf(quoted(worker.revoked()));
      case "heartbeat" -> {
        worker.announce("worker-heartbeat", nowMillis, out);
        yield "null";
      }
      case "enable_events" -> ok("task events already enabled");
      case "add_consumer" -> addConsumer(request);
      case "cancel_consumer" -> cancelConsumer(request);
      case "pool_grow" -> resize(request, 1, "pool will grow");
      case "pool_shrink" -> resize(request, -1, "pool will shrink");
      default -> error("KeyError('" + request.method() + "')");
    };
  }

  /** The message that carries {@code answer} back to who asked. */
  String reply(ControlRequest request, String answer, String deliveryTag) {
    return Envelope.control(
        JsonText.object(json -> JsonText.rawField(json, worker.hostname(), answer)),
        json -> {
          json.writeStringField("ticket", request.ticket());
          json.writeNumberField("clock", worker.clock());
        },
        new Envelope.Delivery("reply.celery.pidbox", request.replyTo(), 1, deliveryTag));
  }

  private String revoke(ControlRequest request, long nowMillis, List<RedisCommand> out) {
    List<String> ids = request.texts("task_id");
    boolean terminate = "true".equals(request.arguments().get("terminate"));
    List<String> ended = new ArrayList<>();
    for (String id : ids) {
      if (worker.revoke(id, terminate, nowMillis, out)) {
        ended.add(id);
      }
    }
    if (!terminate) {
      return ok("tasks " + String.join(", ", ids) + " flagged as revoked");
    }
    return ok("terminate: " + (ended.isEmpty() ? "tasks unknown" : String.join(", ", ended)));
  }

  private String addConsumer(ControlRequest request) {
    String queue = request.arguments().getOrDefault("queue", "");
    if (queue.isEmpty()) {
      return error("KeyError('queue')");
    }
    return worker.queues().add(queue)
        ? ok("add consumer " + queue)
        : ok("already consuming from '" + queue + "'");
  }

  private String cancelConsumer(ControlRequest request) {
    String queue = request.arguments().getOrDefault("queue", "");
    worker.queues().remove(queue);
    return ok("no longer consuming from " + queue);
  }

  private String resize(ControlRequest request, int sign, String text) {
    try {
      worker.resize(sign * Integer.parseInt(request.arguments().getOrDefault("n", "1")));
      return ok(text);
    } catch (NumberFormatException e) {
      return error("ValueError('n')");
    }
  }

  private List<String> active() {
    return StreamSupport.stream(worker.running().spliterator(), false)
        .map(
            run ->
                info(
                    run.task(),
                    run.startedMillis() / 1000.0 + "",
                    true,
                    Integer.toString(run.pid())))
        .toList();
  }

  private List<String> reserved() {
    return StreamSupport.stream(worker.reserved().spliterator(), false).map(this::waiting).toList();
  }

  private List<String> scheduled() {
    return worker.scheduled().stream()
        .map(
            task ->
                JsonText.object(
                    json -> {
                      json.writeStringField("eta", task.eta());
                      json.writeNumberField("priority", 6);
                      JsonText.rawField(json, "request", waiting(task));
                    }))
        .toList();
  }

  private String queryTask(ControlRequest request) {
    List<String> ids = request.texts("ids");
    return JsonText.object(
        json -> {
          for (TaskRun run : worker.running()) {
            String started = run.startedMillis() / 1000.0 + "";
            String item = info(run.task(), started, true, Integer.toString(run.pid()));
            writeFound(json, ids, run.task(), "active", item);
          }
          for (DemoTask task : worker.reserved()) {
            writeFound(json, ids, task, "reserved", waiting(task));
          }
          for (DemoTask task : worker.scheduled()) {
            writeFound(json, ids, task, "reserved", waiting(task));
          }
        });
  }

  private static void writeFound(
      JsonGenerator json, List<String> ids, DemoTask task, String where, String item)
      throws IOException {
    if (ids.contains(task.id())) {
      JsonText.rawField(json, task.id(), "[" + JsonText.quoted(where) + "," + item + "]");
    }
  }

  private String waiting(DemoTask task) {
    return info(task, "null", false, "null");
  }

  private String info(DemoTask task, String timeStart, boolean acknowledged, String pid) {
    return JsonText.object(
        json -> {
          json.writeStringField("id", task.id());
          json.writeStringField("name", task.name());
          JsonText.rawField(json, "args", task.args());
          JsonText.rawField(json, "kwargs", task.kwargs());
          json.writeStringField("type", task.name());
          json.writeStringField("hostname", worker.hostname());
          JsonText.rawField(json, "time_start", timeStart);
          json.writeBooleanField("acknowledged", acknowledged);
          json.writeObjectFieldStart("delivery_info");
          json.writeStringField("exchange", "");
          json.writeStringField("routing_key", task.queue());
          json.writeNumberField("priority", 0);
          json.writeNullField("redelivered");
          json.writeEndObject();
          JsonText.rawField(json, "worker_pid", pid);
        });
  }

  private String stats() {
    return JsonText.object(
        json -> {
          json.writeObjectFieldStart("total");
          for (Map.Entry<String, Integer> total : worker.totals().entrySet()) {
            json.writeNumberField(total.getKey(), total.getValue());
          }
          json.writeEndObject();
          json.writeNumberField("pid", worker.pid());
          json.writeStringField("clock", Long.toString(worker.clock()));
          json.writeObjectFieldStart("pool");
          json.writeStringField("implementation", "apfa-demo-generator");
          json.writeNumberField("max-concurrency", worker.slots());
          json.writeArrayFieldStart("processes");
          json.writeEndArray();
          json.writeEndObject();
          json.writeNumberField("prefetch_count", worker.slots());
        });
  }

  private static String registered() {
    return JsonText.arrayOf(
        Arrays.stream(TaskKind.values()).map(kind -> JsonText.quoted(kind.taskName())).toList());
  }

  private String activeQueues() {
    return JsonText.array(
        json -> {
          for (String queue : worker.queues()) {
            json.writeStartObject();
            json.writeStringField("name", queue);
            json.writeObjectFieldStart("exchange");
            json.writeStringField("name", queue);
            json.writeStringField("type", "direct");
            json.writeBooleanField("durable", true);
            json.writeEndObject();
            json.writeStringField("routing_key", queue);
            json.writeBooleanField("durable", true);
            json.writeBooleanField("exclusive", false);
            json.writeBooleanField("auto_delete", false);
            json.writeEndObject();
          }
        });
  }

  private static List<String> quoted(Iterable<String> texts) {
    return StreamSupport.stream(texts.spliterator(), false).map(JsonText::quoted).toList();
  }

  private static String ok(String text) {
    return JsonText.object(json -> json.writeStringField("ok", text));
  }

  private static String error(String text) {
    return JsonText.object(json -> json.writeStringField("error", text));
  }
}
