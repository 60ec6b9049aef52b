package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.ControlReply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What workers' replies mean for a command. Immutable. */
final class CommandOutcomes {
  /** Nobody who could answer is known. */
  static final String NO_WORKER = "no-worker";

  /** Somebody could, and did not in time. */
  static final String NO_ANSWER = "no-answer";

  private static final int MAX_REASON_CHARS = 500;

  private CommandOutcomes() {}

  /**
   * How a command ended.
   *
   * @param reason why it failed, or what the worker remarked
   */
  record Outcome(boolean confirmed, @Nullable String reason) {
    static Outcome confirmed(@Nullable String remark) {
      return new Outcome(true, cut(remark));
    }

    static Outcome failed(String reason) {
      return new Outcome(false, cut(reason));
    }

    private static @Nullable String cut(@Nullable String text) {
      if (text == null || text.isEmpty()) {
        return null;
      }
      return text.length() <= MAX_REASON_CHARS ? text : text.substring(0, MAX_REASON_CHARS) + "…";
    }
  }

  /**
   * The outcome of a revoke that should terminate: a worker that could not end the task, as those
   * of other pools than prefork, fails it, whatever those say that do not have the task.
   */
  static Outcome ofTerminate(List<ControlReply> replies, boolean anyAlive) {
    List<ControlReply> telling =
        replies.stream().filter(CommandOutcomes::isTerminated).limit(1).toList();
    if (telling.isEmpty()) {
      telling = replies.stream().filter(reply -> reply.error() != null).toList();
    }
    return of(telling.isEmpty() ? replies : telling, anyAlive);
  }

  /** Whether a worker says that it ended a task. */
  static boolean isTerminated(ControlReply reply) {
    return reply.ok().startsWith("terminate:") && !reply.ok().contains("tasks unknown");
  }

  /**
   * The outcome of a control command: confirmed when one worker at least did it.
   *
   * @param anyAlive whether a worker that could answer was known
   */
  static Outcome of(List<ControlReply> replies, boolean anyAlive) {
    if (replies.isEmpty()) {
      return Outcome.failed(anyAlive ? NO_ANSWER : NO_WORKER);
    }
    String error = null;
    for (ControlReply reply : replies) {
      if (reply.error() == null) {
        String remark = reply.hostname() + ": " + reply.ok();
        int more = replies.size() - 1;
        return Outcome.confirmed(more == 0 ? remark : remark + " (and " + more + " more replies)");
      }
      error = reply.hostname() + ": " + reply.error();
    }
    return Outcome.failed(error == null ? NO_ANSWER : error);
  }
}
