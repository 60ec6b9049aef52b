package io.apfa.realtime.runtime.trace;

import io.apfa.realtime.protocol.TraceContext;
import org.slf4j.MDC;

/**
 * Puts the ids of a trace beside the log lines of a piece of work, where the JSON form of the log
 * shows them.
 *
 * <p>Immutable.
 */
public final class TracedLog {
  /** The member of a log line that names the trace. */
  public static final String TRACE_ID = "trace_id";

  /** The member of a log line that names the span. */
  public static final String SPAN_ID = "span_id";

  private TracedLog() {}

  /** Runs {@code work} on this thread; its log lines carry the ids of {@code context}. */
  public static void run(TraceContext context, Runnable work) {
    MDC.put(TRACE_ID, context.traceId());
    MDC.put(SPAN_ID, context.spanIdText());
    try {
      work.run();
    } finally {
      MDC.remove(TRACE_ID);
      MDC.remove(SPAN_ID);
    }
  }
}
