package io.apfa.realtime.launcher.trace;

import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.TracedLog;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.Clock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A span of the SDK, in our words.
 *
 * <p>Thread-safe: the SDK's span is.
 */
final class OtlpSpan implements Span {
  private final Tracer tracer;
  private final io.opentelemetry.api.trace.Span span;
  private final TraceContext context;

  OtlpSpan(Tracer tracer, io.opentelemetry.api.trace.Span span) {
    this.tracer = tracer;
    this.span = span;
    this.context =
        TraceContext.of(span.getSpanContext().getTraceId(), span.getSpanContext().getSpanId());
  }

  @Override
  public TraceContext context() {
    return context;
  }

  @Override
  public boolean isSampled() {
    return true;
  }

  @Override
  public Span set(Key key, @Nullable String value) {
    if (value != null) {
      span.setAttribute(key.word(), value);
    }
    return this;
  }

  @Override
  public Span set(Key key, long value) {
    span.setAttribute(key.word(), value);
    return this;
  }

  @Override
  public Span child(Hop hop) {
    return new OtlpSpan(tracer, part(hop).startSpan());
  }

  @Override
  public void past(Hop hop, long tookNanos) {
    long endNanos = Clock.getDefault().now();
    part(hop)
        .setStartTimestamp(endNanos - tookNanos, TimeUnit.NANOSECONDS)
        .startSpan()
        .end(endNanos, TimeUnit.NANOSECONDS);
  }

  private SpanBuilder part(Hop hop) {
    return tracer.spanBuilder(hop.word()).setParent(Context.root().with(span));
  }

  @Override
  public Span fail(String reason) {
    span.setStatus(StatusCode.ERROR, reason);
    return this;
  }

  @Override
  public void run(Runnable work) {
    TracedLog.run(context, work);
  }

  @Override
  public void end() {
    span.end();
  }
}
