package io.apfa.realtime.bridge;

import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.store.StateStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which bridge forwards a source: the holder of the lease {@code bridge:SOURCE}. It is asked for
 * twice in each {@link #TTL}'s quarter, so a dead holder is followed within 3 s. While the store
 * cannot be reached nothing changes: the owner of the source fences off a holder that was replaced.
 *
 * <p>Confined to its verticle's context.
 */
final class Leadership {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
  private static final Duration TTL = Duration.ofMillis(1500);
  private static final long ASK_MILLIS = 250;
  private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** How long one that gave its lease up leaves it to others. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Vertx vertx;
  private final Node node;
  private final String source;
  private final Listener listener;
  private long timer = -1;
  private long askedNanos;
  private boolean asking;
  private boolean failing;
  private boolean patient;
  private long patientUntilNanos;
  private boolean leading;
  private long token;
  private @Nullable String holder;

  /** What becomes of the lease. */
  interface Listener {
    /** This bridge holds it now, under {@code token}. */
    void onLead(long token);

    /** Another holds it now, or the owner said so. */
    void onStandby();
  }

  Leadership(Vertx vertx, Node node, String source, Listener listener) {
    this.vertx = vertx;
    this.node = node;
    this.source = source;
    this.listener = listener;
  }

  void start() {
    timer = vertx.setPeriodic(ASK_MILLIS, id -> ask());
    ask();
  }

  /** Who holds the lease, as last heard; null = unknown. */
  @Nullable String holder() {
    return holder;
  }

  boolean isLeading() {
    return leading;
  }

  /** Whether this bridge leads under {@code asked}, and not under a later token. */
  boolean isToken(long asked) {
    return leading && token == asked;
  }

  /** The owner refused {@code fenced}: a bridge with a newer lease forwards. */
  void onFenced(long fenced) {
    if (leading && token == fenced) {
      LOG.warn("source {}: fenced off at token {}; standing by", source, fenced);
      leading = false;
      token = 0;
      listener.onStandby();
    }
  }

  /**
   * Lets another bridge lead that still hears: gives the lease up and does not ask for it for a
   * while.
   */
  void yieldLease() {
    if (leading) {
      LOG.info("source {}: giving the lease up", source);
      patientUntilNanos = node.ticker().nanos() + PATIENCE_NANOS;
      patient = true;
      release().onFailure(e -> LOG.debug("source {}: lease not released", source, e));
    }
  }

  /** Gives the lease up, so that another bridge follows at once. */
  Future<Void> stop() {
    vertx.cancelTimer(timer);
    timer = -1;
    return release();
  }

  private Future<Void> release() {
    if (!leading) {
      return Future.succeededFuture();
    }
    leading = false;
    listener.onStandby();
    return node.store()
        .releaseLease(lease(), token)
        .timeout(1, TimeUnit.SECONDS)
        .recover(e -> Future.succeededFuture());
  }

  private String lease() {
    return "bridge:" + source;
  }

  private void ask() {
    long now = node.ticker().nanos();
    if (asking && now - askedNanos < ANSWER_NANOS) {
      return;
    }
    if (patient && now - patientUntilNanos < 0) {
      return;
    }
    patient = false;
    asking = true;
    askedNanos = now;
    node.store()
        .acquireLease(lease(), node.id().value(), TTL)
        .onComplete(this::onAnswer, this::onFailure);
  }

  private void onFailure(Throwable failure) {
    asking = false;
    if (!failing) {
      LOG.warn("source {}: the state store does not answer: {}", source, failure.toString());
    }
    failing = true;
  }

  private void onAnswer(StateStore.LeaseAnswer answer) {
    asking = false;
    failing = false;
    if (timer < 0) {
      return;
    }
    holder = answer.holder();
    if (answer.held() && (!leading || answer.token() != token)) {
      LOG.info("source {}: this bridge forwards, token {}", source, answer.token());
      leading = true;
      token = answer.token();
      listener.onLead(token);
    } else if (!answer.held() && leading) {
      LOG.warn("source {}: {} forwards now; standing by", source, answer.holder());
      leading = false;
      token = 0;
      listener.onStandby();
    }
  }
}
