package io.apfa.realtime.launcher.trace;

import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells sampled traces to a collector.
 *
 * <p>What is sampled is decided here, with one random number, before a span is made: the SDK is
 * only asked for spans that will be told, and told to take them all. No thread-local context of
 * OpenTelemetry is used: one append serves many batches, and a batch is repeated from a window, so
 * the tree of calls is not the tree of spans, and parents are always named.
 *
 * <p>Thread-safe: immutable; the SDK's parts are.
 */
public final class OtlpTracing implements Tracing {
  private static final Logger LOG = LoggerFactory.getLogger(OtlpTracing.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration EXPORT_TIMEOUT = Duration.ofSeconds(5);

  /** How long {@link #close} may take. */
  static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  private static final int MAX_TEXT_LENGTH = 256;

  private final TracingOptions options;
  private final SdkTracerProvider provider;
  private final Tracer tracer;

  private OtlpTracing(TracingOptions options, SdkTracerProvider provider, String version) {
    this.options = options;
    this.provider = provider;
    this.tracer = provider.get("io.apfa.realtime", version);
  }

  /** What {@code options} ask for: {@link Tracing#OFF} without an endpoint. */
  public static Tracing open(
      TracingOptions options,
      NodeId node,
      Set<Role> roles,
      String version,
      MeterRegistry registry) {
    if (!options.isOn()) {
      return Tracing.OFF;
    }
    String url = options.tracesUrl();
    OtlpHttpSpanExporter collector =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(url)
            .setConnectTimeout(CONNECT_TIMEOUT)
            .setTimeout(EXPORT_TIMEOUT)
            .setRetryPolicy(null)
            .build();
    Attributes self =
        Attributes.builder()
            .put(AttributeKey.stringKey("service.name"), options.serviceName())
            .put(AttributeKey.stringKey("service.version"), version)
            .put(AttributeKey.stringKey("service.instance.id"), node.value())
            .put(
                AttributeKey.stringKey("apfa.roles"),
                roles.stream().map(Role::word).sorted().collect(Collectors.joining(",")))
            .build();
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(Resource.getDefault().merge(Resource.create(self)))
            .setSampler(Sampler.alwaysOn())
            .setSpanLimits(SpanLimits.builder().setMaxAttributeValueLength(MAX_TEXT_LENGTH).build())
            .addSpanProcessor(new SpanOutlet(collector, url, registry))
            .build();
    LOG.info(
        "traces go to {}: a share of {} of the batches of events, of {} of the commands",
        url,
        options.sampleRatio(),
        options.commandSampleRatio());
    return new OtlpTracing(options, provider, version);
  }

  @Override
  public boolean samples(Head head) {
    double ratio =
        switch (head) {
          case EVENTS -> options.sampleRatio();
          case COMMAND -> options.commandSampleRatio();
        };
    return ratio > 0 && ThreadLocalRandom.current().nextDouble() < ratio;
  }

  @Override
  public Span begin(Hop hop, long startMillis) {
    return new OtlpSpan(
        tracer,
        builder(hop, Context.root())
            .setStartTimestamp(startMillis, TimeUnit.MILLISECONDS)
            .startSpan());
  }

  @Override
  public Span follow(@Nullable TraceContext parent, Hop hop) {
    if (parent == null) {
      return Span.NONE;
    }
    SpanContext remote =
        SpanContext.createFromRemoteParent(
            parent.traceId(),
            parent.spanIdText(),
            TraceFlags.getSampled(),
            TraceState.getDefault());
    Context under = Context.root().with(io.opentelemetry.api.trace.Span.wrap(remote));
    return new OtlpSpan(tracer, builder(hop, under).startSpan());
  }

  private SpanBuilder builder(Hop hop, Context parent) {
    return tracer.spanBuilder(hop.word()).setParent(parent);
  }

  @Override
  public Future<Void> close() {
    Promise<Void> ended = Promise.promise();
    provider.shutdown().whenComplete(ended::tryComplete);
    return ended.future().timeout(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).otherwiseEmpty();
  }
}
