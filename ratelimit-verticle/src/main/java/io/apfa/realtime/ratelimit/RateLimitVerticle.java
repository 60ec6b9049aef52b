package io.apfa.realtime.ratelimit;

import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.ratelimit.policy.BudgetBook;
import io.apfa.realtime.ratelimit.policy.LimitsHistory;
import io.apfa.realtime.ratelimit.policy.PressureLoop;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.apfa.realtime.runtime.store.StateStore;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires the limits: file to history to announcement, permit requests to the budget book, pressure
 * reports to the control loop. Only the one that holds the lease {@code ratelimit} announces; when
 * none is alive every node keeps the last limits it heard.
 *
 * <p>Confined to its context.
 */
public final class RateLimitVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(RateLimitVerticle.class);
  private static final Iterable<Tag> WAITING = Tags.of("kind", "waiting");
  private static final Iterable<Tag> CPU = Tags.of("kind", "cpu");
  private static final String LEASE = "ratelimit";
  private static final Duration LEASE_TTL = Duration.ofSeconds(3);
  private static final long TICK_MILLIS = 500;
  private static final long STEP_NANOS = 1_000_000_000L;
  private static final long PERMIT_LEASE_MILLIS = BudgetBook.LEASE_NANOS / 1_000_000;

  private final Node node;
  private final RateLimitOptions options;
  private final LimitsHistory history = new LimitsHistory();
  private BudgetBook budgets = new BudgetBook();
  private final PressureLoop pressure = new PressureLoop();
  private final Map<NodeId, PressureLoop.Load> loadByNode = new HashMap<>();
  private long token;
  private volatile boolean leading;
  private boolean renewalFails;
  private long renewedNanos;
  private long steppedNanos;
  private volatile PressureLoop.Load load = PressureLoop.Load.NONE;
  private volatile PressureLoop.Directive directive = new PressureLoop.Directive(0, true);

  public RateLimitVerticle(Node node, RateLimitOptions options) {
    this.node = node;
    this.options = options;
  }

  @Override
  public Future<?> start() {
    LimitsFile file = new LimitsFile(vertx, options.limitsFile(), this::onFile, this::onUnreadable);
    node.metrics().gauge("apfa_limits_version", history, LimitsHistory::version);
    node.metrics().gauge("apfa_limits_error", history, h -> h.error() == null ? 0 : 1);
    node.metrics()
        .gauge(
            "apfa_limits_flush_interval_seconds",
            this,
            verticle -> verticle.leading ? verticle.directive.flushIntervalMillis() / 1e3 : 0);
    node.metrics().gauge("apfa_limits_leading", this, verticle -> verticle.leading ? 1 : 0);
    node.metrics()
        .gauge("apfa_limits_pressure", WAITING, this, verticle -> verticle.load.waiting());
    node.metrics().gauge("apfa_limits_pressure", CPU, this, verticle -> verticle.load.cpu());
    node.bus()
        .respond(
            BusMessage.Kind.LIMITS_QUERY,
            BusMessage.LimitsQuery.class,
            query -> ifLeading(this::limitsRecord));
    node.bus()
        .respond(
            BusMessage.Kind.PERMIT_REQUEST,
            BusMessage.PermitRequest.class,
            request -> ifLeading(() -> grant(request)));
    node.bus()
        .listen(
            BusMessage.Kind.PRESSURE_REPORT,
            BusMessage.PressureReport.class,
            this::onPressureReport);
    vertx.setPeriodic(TICK_MILLIS, id -> tick());
    return file.watch().compose(read -> renewLease()).otherwiseEmpty();
  }

  @Override
  public Future<?> stop() {
    return leading ? node.store().releaseLease(LEASE, token) : Future.succeededFuture();
  }

  private void onFile(String yaml) {
    switch (history.offer(yaml, node.clock().millis())) {
      case CHANGED ->
          LOG.info(
              "limits version {} in force: {}",
              history.version(),
              history.entries().get(0).lines());
      case REFUSED ->
          LOG.error(
              "limits file {} refused, version {} stays: {}",
              options.limitsFile(),
              history.version(),
              history.error());
      case UNCHANGED -> LOG.info("limits file {} changed no limit", options.limitsFile());
    }
    announce();
  }

  private void onUnreadable(String why) {
    history.refuse(why, node.clock().millis());
    LOG.error("limits version {} stays: {}", history.version(), why);
    announce();
  }

  private void tick() {
    long now = node.ticker().nanos();
    renewLease().onComplete(renewed -> noteRenewal(null), this::noteRenewal);
    if (leading && now - renewedNanos > LEASE_TTL.toNanos()) {
      leading = false;
      load = PressureLoop.Load.NONE;
      LOG.warn("lease {} ran out: another rate-limit verticle may lead now", LEASE);
    }
    if (leading && now - steppedNanos >= STEP_NANOS) {
      steppedNanos = now;
      budgets.returnLeases(node.directory().nodesWith(Role.GATEWAY)::contains, now);
      budgets.forgetIdle(now);
      step();
      announce();
    }
  }

  /** Says once that the lease cannot be renewed, and once that it can be again. */
  private void noteRenewal(@Nullable Throwable failure) {
    if (failure != null && !renewalFails) {
      LOG.warn("lease {} cannot be renewed: {}", LEASE, failure.getMessage());
    } else if (failure == null && renewalFails) {
      LOG.info("lease {} can be renewed again", LEASE);
    }
    renewalFails = failure != null;
  }

  private void step() {
    PressureLoop.Load worst =
        loadByNode.values().stream().reduce(PressureLoop.Load.NONE, PressureLoop.Load::worst);
    loadByNode.clear();
    load = worst;
    PressureLoop.Directive next = pressure.step(worst, history.limits());
    if (next.admitting() != directive.admitting()) {
      LOG.warn("{}: {}", worst, next);
    } else if (next.flushIntervalMillis() != directive.flushIntervalMillis()) {
      LOG.debug("{}: {}", worst, next);
    }
    directive = next;
    node.bus()
        .announce(
            new BusMessage.PressureDirective(token, next.flushIntervalMillis(), next.admitting()));
  }

  private Future<Void> renewLease() {
    long askedNanos = node.ticker().nanos();
    return node.store()
        .acquireLease(LEASE, node.id().value(), LEASE_TTL)
        .map(answer -> onLease(answer, askedNanos));
  }

  private Void onLease(StateStore.LeaseAnswer answer, long askedNanos) {
    if (answer.held() && !leading) {
      LOG.info("leading the limits under token {}", answer.token());
      budgets = new BudgetBook(); // what was granted since this one last led, it does not know
    }
    leading = answer.held();
    token = answer.token();
    if (leading) {
      renewedNanos = askedNanos;
      announceIfNew();
    }
    return null;
  }

  private void announceIfNew() {
    if (node.limits().announcement().token() != token) {
      announce();
    }
  }

  private void announce() {
    if (leading) {
      node.bus().announce(announcement());
    }
  }

  private BusMessage.LimitsAnnouncement announcement() {
    return new BusMessage.LimitsAnnouncement(
        token,
        history.version(),
        history.sinceMillis(),
        history.limits(),
        history.error(),
        history.policy().overrides());
  }

  private <T> Future<T> ifLeading(Supplier<T> answer) {
    return leading
        ? Future.succeededFuture(answer.get())
        : Future.failedFuture(
            new RefusedException(ErrorCode.UNAVAILABLE, "this rate-limit verticle does not lead"));
  }

  private BusMessage.LimitsRecord limitsRecord() {
    return new BusMessage.LimitsRecord(
        node.id(), options.limitsFile().toString(), history.entries());
  }

  private BusMessage.PermitReply grant(BusMessage.PermitRequest request) {
    BudgetBook.Grant grant = budgets.grant(request, history.policy(), node.ticker().nanos());
    return new BusMessage.PermitReply(
        request.budget(), grant.permits(), PERMIT_LEASE_MILLIS, grant.retryAfterMillis());
  }

  private void onPressureReport(BusMessage.PressureReport report) {
    double perSession = report.outboxBytes() / (double) Math.max(1, report.sessions());
    loadByNode.merge(
        report.node(),
        PressureLoop.loadOf(
            perSession,
            history.limits().get(LimitKey.SESSION_OUTBOX_BYTES),
            report.drainLagMillis(),
            report.loopLagMillis(),
            report.cpu(),
            directive.flushIntervalMillis()),
        PressureLoop.Load::worst);
  }
}
