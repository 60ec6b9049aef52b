package io.apfa.realtime.protocol.bus;

import io.apfa.realtime.protocol.Task;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessagePacker;

/**
 * Writes a task exactly as {@link RecordCodec} does, component by component, without its
 * indirection: a busy source logs some ten thousand a second. A test holds the two together.
 *
 * <p>Immutable.
 */
final class TaskForm {
  private static final int COMPONENTS = 29;

  private TaskForm() {}

  static void write(Task task, MessagePacker out) throws IOException {
    out.packArrayHeader(COMPONENTS);
    text(task.uuid(), out);
    text(task.name(), out);
    text(task.state(), out);
    text(task.worker(), out);
    text(task.queue(), out);
    text(task.args(), out);
    text(task.kwargs(), out);
    out.packInt(task.retries());
    out.packLong(task.etaMillis());
    out.packLong(task.expiresMillis());
    text(task.rootId(), out);
    text(task.parentId(), out);
    text(task.groupId(), out);
    out.packLong(task.sentMillis());
    out.packLong(task.receivedMillis());
    out.packLong(task.startedMillis());
    out.packLong(task.succeededMillis());
    out.packLong(task.failedMillis());
    out.packLong(task.retriedMillis());
    out.packLong(task.revokedMillis());
    out.packLong(task.rejectedMillis());
    out.packLong(task.timestampMillis());
    out.packDouble(task.runtimeSeconds());
    text(task.result(), out);
    text(task.exception(), out);
    text(task.traceback(), out);
    text(task.progress(), out);
    suspect(task.suspect(), out);
    out.packLong(task.offset());
  }

  private static void text(@Nullable String text, MessagePacker out) throws IOException {
    if (text == null) {
      out.packNil();
    } else {
      out.packString(text);
    }
  }

  private static void suspect(Task.@Nullable Suspect suspect, MessagePacker out)
      throws IOException {
    if (suspect == null) {
      out.packNil();
    } else {
      RecordCodec.of(Task.Suspect.class).write(suspect, out);
    }
  }
}
