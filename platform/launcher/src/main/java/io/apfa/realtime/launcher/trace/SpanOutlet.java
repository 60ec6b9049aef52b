package io.apfa.realtime.launcher.trace;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.internal.FailedExportException.HttpExportException;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of ended spans to the collector, in batches, on a thread of the SDK's own. A collector
 * that is away costs its spans and nothing else: they are dropped and counted, and one log line
 * says so when it begins and one when it ends.
 *
 * <p>Bounds: {@value #MAX_WAITING} spans wait or are on their way; what ends above that is dropped.
 * They are counted here, before the SDK's own queue, which would drop without a word.
 *
 * <p>Thread-safe: atomics.
 */
final class SpanOutlet implements SpanProcessor {
  static final int MAX_WAITING = 2048;

  private static final Logger LOG = LoggerFactory.getLogger(SpanOutlet.class);
  private static final int MAX_BATCH = 512;
  private static final Duration SEND_EVERY = Duration.ofSeconds(1);

  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean failing = new AtomicBoolean();
  private final SpanExporter collector;
  private final String url;
  private final BatchSpanProcessor batches;
  private final Counter exported;
  private final Counter queueFull;
  private final Counter notTaken;

  /**
   * The way to {@code collector}.
   *
   * @param url where that is, for the log
   */
  SpanOutlet(SpanExporter collector, String url, MeterRegistry registry) {
    this.collector = collector;
    this.url = url;
    this.exported =
        Counter.builder("apfa_trace_spans_exported")
            .description("Spans that the collector took")
            .register(registry);
    this.queueFull = dropped(registry, "queue-full");
    this.notTaken = dropped(registry, "not-taken");
    this.batches =
        BatchSpanProcessor.builder(new Counting())
            .setMaxQueueSize(MAX_WAITING)
            .setMaxExportBatchSize(MAX_BATCH)
            .setScheduleDelay(SEND_EVERY)
            .build();
  }

  private static Counter dropped(MeterRegistry registry, String reason) {
    return Counter.builder("apfa_trace_spans_dropped")
        .description("Spans that the collector did not get")
        .tag("reason", reason)
        .register(registry);
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    // only ended spans are told
  }

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      queueFull.increment();
    } else {
      batches.onEnd(span);
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  @Override
  public CompletableResultCode shutdown() {
    return batches.shutdown();
  }

  @Override
  public CompletableResultCode forceFlush() {
    return batches.forceFlush();
  }

  private void onAnswer(int spans, CompletableResultCode answer) {
    waiting.addAndGet(-spans);
    if (answer.isSuccess()) {
      exported.increment(spans);
      if (failing.compareAndSet(true, false)) {
        LOG.info("traces: the collector at {} takes them again", url);
      }
      return;
    }
    notTaken.increment(spans);
    if (failing.compareAndSet(false, true)) {
      LOG.warn(
          "traces: the collector at {} does not take them: {}; until it does they are dropped and"
              + " counted",
          url,
          reasonOf(answer.getFailureThrowable()));
    }
  }

  /** The SDK says it in a class of its own, without a message. */
  private static String reasonOf(@Nullable Throwable failure) {
    if (failure instanceof HttpExportException http) {
      HttpResponse response = http.getResponse();
      return response == null
          ? String.valueOf(http.getCause())
          : "HTTP status " + response.getStatusCode();
    }
    return failure == null ? "no answer" : failure.toString();
  }

  /** Notes what becomes of each batch. */
  private final class Counting implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      int count = spans.size();
      CompletableResultCode answer = collector.export(spans);
      answer.whenComplete(() -> onAnswer(count, answer));
      return answer;
    }

    @Override
    public CompletableResultCode flush() {
      return collector.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
      return collector.shutdown();
    }
  }
}
