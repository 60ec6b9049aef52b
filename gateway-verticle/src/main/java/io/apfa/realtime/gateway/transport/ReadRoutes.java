package io.apfa.realtime.gateway.transport;

import com.fasterxml.jackson.core.JsonGenerator;
import io.apfa.realtime.gateway.SourceClient;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.UserRole;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The reading half of the HTTP API. Lists obey the caller's rooms.
 *
 * <p>Confined to its verticle's context.
 */
final class ReadRoutes {
  private static final int DEFAULT_LINES = 100;

  private final Node node;
  private final Hub hub;
  private final SourceClient client;

  ReadRoutes(Node node, Hub hub, SourceClient client) {
    this.node = node;
    this.hub = hub;
    this.client = client;
  }

  void tasks(ApiCall call) {
    String source = call.source();
    String queue = call.query("queue");
    call.require(
        call.identity().maySeeAllTasks(source)
            || (queue != null && call.identity().maySee(new Room(source, Room.Kind.QUEUE, queue))),
        "tasks");
    TaskQuery query =
        new TaskQuery(
            source,
            call.query("state"),
            call.query("name"),
            call.query("worker"),
            queue,
            call.query("q"),
            call.query("limit", TaskQuery.DEFAULT_LIMIT, 1, TaskQuery.MAX_LIMIT),
            call.query("cursor"));
    call.answer(
        client.askOwner(source, new BusMessage.Query(query), BusMessage.Page.class),
        answer -> {
          TaskPage page = answer.page();
          call.ok(
              out -> {
                out.writeStartObject();
                out.writeStringField("position", page.position().toString());
                out.writeNumberField("total", page.total());
                out.writeFieldName("tasks");
                JsonFrames.writeTasks(out, page.tasks());
                out.writeStringField("next", page.next());
                out.writeEndObject();
              });
        });
  }

  void task(ApiCall call) {
    String source = call.source();
    String uuid = call.path("uuid");
    Future<BusMessage.TaskDetail> detail =
        client.askOwner(
            source, new BusMessage.TaskLookup(source, uuid), BusMessage.TaskDetail.class);
    Future<@Nullable String> backend =
        bridge(source, BusMessage.BridgeQuery.What.RESULT, uuid, 1).otherwise((String) null);
    call.answer(
        Future.join(detail, backend)
            .mapEmpty()
            .recover(failure -> Future.failedFuture(detail.cause())),
        done -> {
          BusMessage.TaskDetail found = detail.result();
          Task task = found.task();
          String result = backend.result();
          call.require(maySee(call.identity(), source, uuid, task), "task");
          if (task == null && result == null) {
            throw new RefusedException(ErrorCode.NOT_FOUND, "task " + uuid + ": not known");
          }
          call.ok(out -> writeDetail(out, uuid, found, result));
        });
  }

  private static boolean maySee(
      Identity identity, String source, String uuid, @Nullable Task task) {
    if (identity.maySeeAllTasks(source)
        || identity.maySee(new Room(source, Room.Kind.TASK, uuid))) {
      return true;
    }
    String queue = task == null ? null : task.queue();
    return queue != null && identity.maySee(new Room(source, Room.Kind.QUEUE, queue));
  }

  private static void writeDetail(
      JsonGenerator out, String uuid, BusMessage.TaskDetail detail, @Nullable String backend)
      throws IOException {
    Task task = detail.task();
    out.writeStartObject();
    JsonFrames.writeTaskMembers(
        out, task == null ? Task.builder(uuid).state("UNKNOWN").build() : task);
    out.writeStringField("position", detail.position().toString());
    out.writeArrayFieldStart("timeline");
    for (TimelineEntry entry : detail.timeline()) {
      out.writeStartObject();
      out.writeStringField("type", entry.type());
      JsonFrames.writeTime(out, "timestamp", entry.timestampMillis());
      out.writeStringField("hostname", entry.hostname());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeFieldName("children");
    JsonFrames.writeTasks(out, detail.children());
    out.writeFieldName("backend");
    out.writeRawValue(backend == null ? "null" : backend);
    out.writeEndObject();
  }

  void workers(ApiCall call) {
    latest(call, Room.Kind.WORKERS, Update.Kind.WORKER_UPDATE, "workers");
  }

  void queues(ApiCall call) {
    latest(call, Room.Kind.QUEUES, Update.Kind.QUEUE_DEPTH, "queues");
  }

  private void latest(ApiCall call, Room.Kind room, Update.Kind kind, String name) {
    String source = call.source();
    call.require(call.identity().maySee(new Room(source, room, "")), name);
    call.answer(
        client.askOwner(source, new BusMessage.LatestQuery(source), BusMessage.LatestValues.class),
        values ->
            call.ok(
                out -> {
                  out.writeStartObject();
                  out.writeArrayFieldStart(name);
                  for (Update update : values.updates()) {
                    if (update.kind() == kind) {
                      JsonFrames.writeUpdateData(out, update);
                    }
                  }
                  out.writeEndArray();
                  out.writeEndObject();
                }));
  }

  void queueMessages(ApiCall call) {
    String source = call.source();
    String queue = call.path("queue");
    call.require(call.identity().maySee(new Room(source, Room.Kind.QUEUE, queue)), "queue");
    raw(
        call,
        bridge(
            source,
            BusMessage.BridgeQuery.What.QUEUE_MESSAGES,
            queue,
            call.query("limit", DEFAULT_LINES, 1, 1000)),
        "messages");
  }

  void group(ApiCall call) {
    String source = call.source();
    String id = call.path("id");
    call.require(
        call.identity().maySeeAllTasks(source)
            || call.identity().maySee(new Room(source, Room.Kind.GROUP, id)),
        "group");
    call.answer(
        client.askOwner(
            source, new BusMessage.GroupQuery(source, id), BusMessage.GroupDetail.class),
        detail -> {
          Update.BatchProgress progress = detail.progress();
          if (progress == null) {
            throw new RefusedException(ErrorCode.NOT_FOUND, "group " + id + ": not known");
          }
          call.ok(
              out -> {
                out.writeStartObject();
                JsonFrames.writeUpdateMembers(out, progress);
                out.writeStringField("position", detail.position().toString());
                out.writeFieldName("tasks");
                JsonFrames.writeTasks(out, detail.tasks());
                out.writeEndObject();
              });
        });
  }

  void limits(ApiCall call) {
    call.answer(
        client.askLimits().map(Optional::of).otherwise(Optional.empty()),
        record ->
            call.ok(
                out ->
                    LimitsAnswer.write(
                        out, node.limits().announcement(), record.orElse(null), call.identity())));
  }

  void stats(ApiCall call) {
    String source = call.source();
    call.require(call.identity().maySeeAllTasks(source), "stats");
    List<Future<BusMessage.Page>> pages = new ArrayList<>();
    for (String state : TaskStates.BUILT_IN) {
      pages.add(page(source, state));
    }
    Future<BusMessage.Page> all = page(source, null);
    pages.add(all);
    call.answer(
        Future.all(pages),
        done ->
            call.ok(
                out -> {
                  out.writeStartObject();
                  out.writeStringField("source", source);
                  out.writeStringField("position", all.result().page().position().toString());
                  out.writeNumberField("total", all.result().page().total());
                  out.writeObjectFieldStart("states");
                  for (int i = 0; i < TaskStates.BUILT_IN.size(); i++) {
                    out.writeNumberField(
                        TaskStates.BUILT_IN.get(i), pages.get(i).result().page().total());
                  }
                  out.writeEndObject();
                  out.writeNumberField("sessions", hub.sessions().size());
                  out.writeEndObject();
                }));
  }

  private Future<BusMessage.Page> page(String source, @Nullable String state) {
    return client.askOwner(
        source,
        new BusMessage.Query(new TaskQuery(source, state, null, null, null, null, 1, null)),
        BusMessage.Page.class);
  }

  void audit(ApiCall call) {
    String source = call.source();
    if (call.identity().role() == UserRole.VIEWER) {
      throw new RefusedException(ErrorCode.FORBIDDEN, "audit: role viewer (expected: operator)");
    }
    call.answer(
        node.store().readAudit(source, call.query("limit", DEFAULT_LINES, 1, 1000)),
        lines ->
            call.ok(
                out -> {
                  out.writeStartObject();
                  out.writeArrayFieldStart("entries");
                  for (String line : lines) {
                    out.writeRawValue(line);
                  }
                  out.writeEndArray();
                  out.writeEndObject();
                }));
  }

  void doctor(ApiCall call) {
    raw(call, bridge(call.source(), BusMessage.BridgeQuery.What.DOCTOR, "", 1), "checks");
  }

  void command(ApiCall call) {
    String source = call.source();
    String id = call.path("commandId");
    call.answer(
        client.askOwner(
            source, new BusMessage.CommandQuery(source, id), BusMessage.CommandState.class),
        state -> {
          Update.CommandUpdate update = state.update();
          if (update == null) {
            throw new RefusedException(ErrorCode.NOT_FOUND, "command " + id + ": not known");
          }
          call.require(
              call.identity().maySeeAllTasks(source)
                  || (update.taskId() != null
                      && call.identity().maySee(new Room(source, Room.Kind.TASK, update.taskId()))),
              "command");
          call.ok(out -> JsonFrames.writeUpdateData(out, update));
        });
  }

  private Future<@Nullable String> bridge(
      String source, BusMessage.BridgeQuery.What what, String key, int limit) {
    return client
        .askBridge(
            new BusMessage.BridgeQuery(source, what, key, limit), BusMessage.BridgeAnswer.class)
        .map(BusMessage.BridgeAnswer::json);
  }

  /** A bridge's JSON as it came; a list is named {@code name}. */
  private static void raw(ApiCall call, Future<@Nullable String> json, String name) {
    call.answer(
        json,
        text -> {
          if (text == null) {
            throw new RefusedException(ErrorCode.NOT_FOUND, name + ": the broker has none");
          }
          call.ok(
              out -> {
                if (text.startsWith("[")) {
                  out.writeStartObject();
                  out.writeFieldName(name);
                  out.writeRawValue(text);
                  out.writeEndObject();
                } else {
                  out.writeRawValue(text);
                }
              });
        });
  }
}
