package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.Times;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task's message as it waits in a queue, or as it waits to be acknowledged.
 *
 * <p>Immutable.
 *
 * @param isTaken whether a worker has taken it and not acknowledged it
 */
public record QueuedTask(
    String queue,
    boolean isTaken,
    String uuid,
    @Nullable String name,
    @Nullable String argsRepr,
    @Nullable String kwargsRepr,
    @Nullable String rootId,
    @Nullable String parentId,
    @Nullable String groupId,
    int retries,
    long etaMillis,
    @Nullable String argsJson,
    @Nullable String kwargsJson) {

  /**
   * Reads the message of a task.
   *
   * @return null when it is no task of protocol 2
   */
  public static @Nullable QueuedTask of(String queue, boolean isTaken, KombuMessage message) {
    Map<String, @Nullable Object> headers = message.headers();
    String uuid = Values.text(headers.get("id"));
    if (uuid == null || uuid.isEmpty() || uuid.length() > EventDecoder.MAX_NAME_CHARS) {
      return null;
    }
    String argsJson = null;
    String kwargsJson = null;
    try {
      List<@Nullable Object> body = Values.list(Values.read(message.body()));
      if (body.size() >= 2) {
        argsJson = Values.write(body.get(0));
        kwargsJson = Values.write(body.get(1));
      }
    } catch (IllegalArgumentException e) {
      // the headers are still right
    }
    String eta = Values.text(headers.get("eta"));
    return new QueuedTask(
        queue,
        isTaken,
        Surrogates.clean(uuid),
        Values.text(headers.get("task")),
        Values.text(headers.get("argsrepr")),
        Values.text(headers.get("kwargsrepr")),
        Values.text(headers.get("root_id")),
        Values.text(headers.get("parent_id")),
        Values.text(headers.get("group")),
        (int) Values.whole(headers.get("retries"), -1),
        eta == null ? Times.UNKNOWN_MILLIS : EventFields.isoMillis(eta),
        argsJson,
        kwargsJson);
  }
}
