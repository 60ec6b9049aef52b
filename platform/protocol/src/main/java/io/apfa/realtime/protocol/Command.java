package io.apfa.realtime.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a person may ask of Celery. Every kind is immutable and valid by construction. */
public sealed interface Command
    permits Command.Revoke,
        Command.Retry,
        Command.Trigger,
        Command.Queue,
        Command.Pool,
        Command.Autoscale,
        Command.RateLimit,
        Command.TimeLimit,
        Command.EnableEvents,
        Command.Shutdown,
        Command.Ping {

  /** Most tasks in one revoke or retry. */
  int MAX_UUIDS = 1000;

  /** Which command this is. */
  Kind kind();

  /** The kinds, with the word of their address ({@code celery.} + word). */
  enum Kind {
    REVOKE("revoke"),
    RETRY("retry"),
    TRIGGER("trigger"),
    PAUSE("pause"),
    RESUME("resume"),
    PURGE("purge"),
    POOL("pool"),
    AUTOSCALE("autoscale"),
    RATE_LIMIT("rate-limit"),
    TIME_LIMIT("time-limit"),
    ENABLE_EVENTS("enable-events"),
    SHUTDOWN("shutdown"),
    PING("ping");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** The word on the wire. */
    public String word() {
      return word;
    }
  }

  /** Revokes tasks; {@code terminate} also ends them with {@code signal} while they run. */
  record Revoke(List<String> uuids, boolean terminate, String signal) implements Command {
    public Revoke {
      uuids = List.copyOf(uuids);
    }

    @Override
    public Kind kind() {
      return Kind.REVOKE;
    }
  }

  /**
   * Publishes copies of tasks under new uuids.
   *
   * @param argsJson JSON text of a list in place of the first task's arguments; null = the same
   * @param kwargsJson JSON text of an object; null = the same
   */
  record Retry(List<String> uuids, @Nullable String argsJson, @Nullable String kwargsJson)
      implements Command {
    public Retry {
      uuids = List.copyOf(uuids);
    }

    @Override
    public Kind kind() {
      return Kind.RETRY;
    }
  }

  /**
   * Publishes a new task.
   *
   * @param argsJson JSON text of a list
   * @param kwargsJson JSON text of an object
   * @param queue null = {@code celery}
   * @param priority 0 to 9; -1 = none given
   * @param countdownSeconds NaN = none
   * @param etaMillis {@link Times#UNKNOWN_MILLIS} = none
   */
  record Trigger(
      String name,
      String argsJson,
      String kwargsJson,
      @Nullable String queue,
      int priority,
      double countdownSeconds,
      long etaMillis)
      implements Command {
    @Override
    public Kind kind() {
      return Kind.TRIGGER;
    }
  }

  /** Pauses, resumes or purges a queue: {@code kind} is one of PAUSE, RESUME and PURGE. */
  record Queue(Kind kind, String queue) implements Command {
    public Queue {
      if (kind != Kind.PAUSE && kind != Kind.RESUME && kind != Kind.PURGE) {
        throw new IllegalArgumentException(
            "queue command: " + kind + " (expected: PAUSE, RESUME or PURGE)");
      }
    }
  }

  /** Grows (positive) or shrinks (negative) a worker's pool. */
  record Pool(String hostname, int delta) implements Command {
    @Override
    public Kind kind() {
      return Kind.POOL;
    }
  }

  /** Sets a worker's autoscale bounds. */
  record Autoscale(String hostname, int min, int max) implements Command {
    @Override
    public Kind kind() {
      return Kind.AUTOSCALE;
    }
  }

  /** Sets a task's rate limit on a worker, in Celery's words ({@code 10/m}). */
  record RateLimit(String hostname, String name, String rate) implements Command {
    @Override
    public Kind kind() {
      return Kind.RATE_LIMIT;
    }
  }

  /** Sets a task's time limits on a worker; NaN = none. */
  record TimeLimit(String hostname, String name, double softSeconds, double hardSeconds)
      implements Command {
    @Override
    public Kind kind() {
      return Kind.TIME_LIMIT;
    }
  }

  /** Makes a worker send task events. */
  record EnableEvents(String hostname) implements Command {
    @Override
    public Kind kind() {
      return Kind.ENABLE_EVENTS;
    }
  }

  /** Ends a worker. */
  record Shutdown(String hostname) implements Command {
    @Override
    public Kind kind() {
      return Kind.SHUTDOWN;
    }
  }

  /** Asks every worker whether it lives. */
  record Ping() implements Command {
    @Override
    public Kind kind() {
      return Kind.PING;
    }
  }
}
