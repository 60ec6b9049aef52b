package io.apfa.realtime.runtime.trace;

import io.apfa.realtime.protocol.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * One hop of a sampled trace, or {@link #NONE}: whoever works asks nobody whether there is a trace.
 *
 * <p>What a span may say is the closed list {@link Key}; arguments, results and tokens are not on
 * it. Thread-safe in every implementation; nothing here blocks or throws.
 */
public interface Span {
  /** No trace, or one that is not sampled: takes everything and tells nothing. */
  Span NONE = new NoSpan();

  /** What a span can say; the prefix keeps our words apart from those of OpenTelemetry. */
  enum Key {
    /** Name of the Celery app. */
    SOURCE("apfa.source"),

    /** Events in a batch. */
    EVENTS("apfa.events"),

    /** Lease token and number of a batch of events: {@code 7/1034}. */
    BATCH("apfa.batch"),

    /** Celery's type of the batch's first event of a task, such as {@code task-succeeded}. */
    EVENT_TYPE("apfa.event_type"),

    /** That task's uuid. */
    TASK("apfa.task"),

    /** That task's name, where its event carries it. */
    TASK_NAME("apfa.task_name"),

    /** The first offset. */
    FROM("apfa.from"),

    /** The last offset. */
    OFFSET("apfa.offset"),

    /** Rows that were logged; 0 = what came changed nothing. */
    ROWS("apfa.rows"),

    /** Bytes of them in the log. */
    BYTES("apfa.bytes"),

    /** How often it was tried, when more than once. */
    TRIES("apfa.tries"),

    /** Gateway nodes it was sent to. */
    GATEWAYS("apfa.gateways"),

    /** Rooms with news, some of them when there are many. */
    ROOMS("apfa.rooms"),

    /** Sessions with news. */
    SESSIONS("apfa.sessions"),

    /** Of those, sessions that were held back: no permit, or slow. */
    HELD("apfa.held"),

    /** Offsets before it that had to be read from the log first. */
    HOLE("apfa.hole"),

    /** Which command, such as {@code revoke}. */
    COMMAND("apfa.command"),

    /** The client's own id for it. */
    MSG_ID("apfa.msg_id"),

    /** The id of it, or of the first of several. */
    COMMAND_ID("apfa.command_id"),

    /** How many tasks it acts on. */
    TASKS("apfa.tasks"),

    /** How it was answered or ended: {@code accepted}, {@code confirmed}, {@code failed}, … */
    OUTCOME("apfa.outcome");

    private final String word;

    Key(String word) {
      this.word = word;
    }

    /** The attribute's name. */
    public String word() {
      return word;
    }
  }

  /** Where it is in its trace, for a message to carry; null for {@link #NONE}. */
  @Nullable TraceContext context();

  /** Whether it is told to anyone; what is only worked out for a span need not be, otherwise. */
  boolean isSampled();

  /** Says {@code value}; null says nothing. */
  Span set(Key key, @Nullable String value);

  /** Says {@code value}. */
  Span set(Key key, long value);

  /** A part of it that begins now. */
  Span child(Hop hop);

  /** A part of it that ends now, after {@code tookNanos}. */
  void past(Hop hop, long tookNanos);

  /**
   * Marks it as failed.
   *
   * @param reason our own words, never what came from outside
   */
  Span fail(String reason);

  /** Runs {@code work} so that its log lines carry {@code trace_id} and {@code span_id}. */
  void run(Runnable work);

  /** Ends it now, and tells it; a second end does nothing. */
  void end();
}
