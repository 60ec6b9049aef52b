package io.apfa.realtime.broadcaster;

import io.apfa.realtime.broadcaster.room.SourceRoom;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply.Status;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.store.StateStore.AppendAnswer;
import io.apfa.realtime.runtime.store.StateStore.Head;
import io.apfa.realtime.runtime.store.StateStore.LeaseAnswer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's competition for one source: it asks for the lease, loads the room when it wins,
 * serves while it may, and stops by itself when the lease was not renewed in time.
 *
 * <p>A suspended owner keeps what it merged. If the lease comes back and the log is where it left
 * it, it goes on; if the store lost the log, it starts a new epoch from its memory; if another
 * owner wrote meanwhile, it forgets everything and stands by.
 *
 * <p>Confined to its verticle's context.
 */
final class SourceOwner {
  private static final Logger LOG = LoggerFactory.getLogger(SourceOwner.class);
  private static final long ANNOUNCE_NANOS = 1_000_000_000L;
  private static final long FOLLOW_NANOS = 2_000_000_000L;

  private final Vertx vertx;
  private final Node node;
  private final String source;
  private final Duration ttl;
  private final RoomLoader loader;
  private final FlushPace pace;
  private final SourceMetrics metrics;
  private final Audience audience = new Audience();
  private final OwnerLease lease;
  private Phase phase = Phase.STANDBY;
  private @Nullable SourceStream stream;
  private long loadingToken;
  private long attempt;
  private long announcedNanos;
  private long followedNanos;

  /** What this node is to the source. */
  enum Phase {
    /** Not the owner. */
    STANDBY,
    /** It has the lease and reads the room. */
    LOADING,
    /** The owner. */
    SERVING,
    /** The lease ran out unanswered; nothing is done until the store answers. */
    SUSPENDED,
    /** It has the lease again and finds out whether its memory is still right. */
    RECONCILING,
    /** Ended. */
    STOPPED
  }

  SourceOwner(Vertx vertx, Node node, String source, BroadcasterOptions options, FlushPace pace) {
    this.vertx = vertx;
    this.node = node;
    this.source = source;
    this.ttl = options.leaseTtl();
    this.pace = pace;
    this.loader = new RoomLoader(vertx, node, source, options.bounds());
    this.metrics = new SourceMetrics(node, source);
    this.lease = new OwnerLease(ttl, node.ticker().nanos());
    this.followedNanos = node.ticker().nanos() - FOLLOW_NANOS;
  }

  Phase phase() {
    return phase;
  }

  SourceMetrics metrics() {
    return metrics;
  }

  /** The stream, while this node may serve it; else null. */
  @Nullable SourceStream serving() {
    SourceStream current = stream;
    boolean may = phase == Phase.SERVING && lease.isHeld(node.ticker().nanos());
    return may ? current : null;
  }

  /** Lets time pass: renews the lease, announces, suspends when the lease ran out. */
  void tick(long nowNanos) {
    if (phase == Phase.STOPPED) {
      return;
    }
    if (lease.isDue(nowNanos)) {
      askForLease(nowNanos);
    }
    SourceStream current = stream;
    if (phase == Phase.SERVING && current != null) {
      if (!lease.isHeld(nowNanos)) {
        LOG.warn("source {}: lease not renewed in time, suspended", source);
        current.suspend();
        phase = Phase.SUSPENDED;
        metrics.onSuspended(true);
        return;
      }
      if (nowNanos - announcedNanos >= ANNOUNCE_NANOS) {
        announce();
      }
      current.tick(nowNanos);
    }
  }

  private void askForLease(long nowNanos) {
    lease.onAsked(nowNanos);
    node.store()
        .acquireLease("owner:" + source, node.id().value(), ttl)
        .onSuccess(
            answer -> {
              lease.onAnswer(answer, nowNanos);
              onLease(answer);
            })
        .onFailure(
            failure -> {
              lease.onFailure(nowNanos);
              metrics.onFailure("lease", failure);
            });
  }

  private void onLease(LeaseAnswer answer) {
    if (phase == Phase.STOPPED) {
      release(answer);
    } else if (!answer.held()) {
      if (phase != Phase.STANDBY) {
        LOG.warn("source {}: owned by {}, stepping down", source, answer.holder());
        stepDown();
      }
      followIfDue();
    } else if (lease.isHeld(node.ticker().nanos())) {
      onHeld(answer.token());
    }
  }

  private void followIfDue() {
    long now = node.ticker().nanos();
    if (now - followedNanos >= FOLLOW_NANOS) {
      followedNanos = now;
      loader.follow().onFailure(failure -> metrics.onFailure("following", failure));
    }
  }

  private void onHeld(long token) {
    SourceStream current = stream;
    switch (phase) {
      case STANDBY -> load(token);
      case LOADING -> {
        if (token != loadingToken) {
          load(token);
        }
      }
      case SERVING, SUSPENDED -> {
        if (current == null) {
          load(token);
        } else if (current.token() != token) {
          reconcile(current, token);
        } else if (phase == Phase.SUSPENDED) {
          phase = Phase.SERVING;
          metrics.onSuspended(false);
          announce();
          current.resume(token, false);
        }
      }
      case RECONCILING, STOPPED -> {
        // the answer under way decides
      }
    }
  }

  private void load(long token) {
    phase = Phase.LOADING;
    loadingToken = token;
    long mine = ++attempt;
    long started = node.ticker().nanos();
    loader
        .load(token)
        .onSuccess(
            room -> {
              if (mine == attempt) {
                LOG.info(
                    "source {}: owned, {} tasks at {}, loaded in {} ms",
                    source,
                    room.taskCount(),
                    room.position(),
                    (node.ticker().nanos() - started) / 1_000_000);
                serve(newStream(room, token));
              }
            })
        .onFailure(failure -> onLoadFailure(mine, failure));
  }

  private void onLoadFailure(long mine, Throwable failure) {
    metrics.onFailure("loading", failure);
    if (mine == attempt) {
      stepDown();
    }
  }

  private SourceStream newStream(SourceRoom room, long token) {
    return new SourceStream(
        vertx, node, source, room, token, audience, pace, metrics, this::onRefused);
  }

  private void serve(SourceStream next) {
    stream = next;
    phase = Phase.SERVING;
    metrics.onOwned(true, next.room().taskCount(), next.room().storedTaskEvents());
    announce();
    next.tick(node.ticker().nanos());
  }

  private void onRefused(AppendAnswer answer) {
    SourceStream current = stream;
    LOG.warn("source {}: append {}", source, answer);
    if (answer == AppendAnswer.LOG_MOVED && current != null && phase == Phase.SERVING) {
      reconcile(current, current.token());
    } else if (answer == AppendAnswer.FEED_FENCED && current != null) {
      current.end(Status.BUSY);
      stream = null;
      load(current.token());
    } else {
      stepDown();
    }
  }

  private void reconcile(SourceStream current, long token) {
    current.suspend();
    phase = Phase.RECONCILING;
    metrics.onSuspended(true);
    long mine = ++attempt;
    node.store()
        .head(source)
        .compose(head -> goOn(current, token, head, mine))
        .onFailure(
            failure -> {
              metrics.onFailure("reconciling", failure);
              if (mine == attempt) {
                if (failure instanceof RoomLoader.FencedException) {
                  stepDown();
                } else {
                  phase = Phase.SUSPENDED;
                }
              }
            });
  }

  private Future<Void> goOn(SourceStream current, long token, @Nullable Head head, long mine) {
    if (mine != attempt) {
      return Future.succeededFuture();
    }
    SourceRoom room = current.room();
    Reconciliation decision =
        Reconciliation.decide(
            head, current.token(), room.epoch(), room.position().offset(), current.offeredOffset());
    switch (decision) {
      case GO_ON, GO_ON_AFTER_OFFERED -> {
        phase = Phase.SERVING;
        metrics.onSuspended(false);
        announce();
        current.resume(token, decision == Reconciliation.GO_ON_AFTER_OFFERED);
        return Future.succeededFuture();
      }
      case RELOAD -> {
        current.end(Status.NOT_OWNER);
        stream = null;
        load(token);
        return Future.succeededFuture();
      }
      case START_OVER -> {
        return startOver(current, token, mine);
      }
    }
    throw new IllegalStateException("no such decision: " + decision);
  }

  private Future<Void> startOver(SourceStream current, long token, long mine) {
    LOG.warn("source {}: the log is gone or went back, new epoch", source);
    List<Update> unlogged = current.unloggedUpdates();
    return loader
        .startEpoch(current.room(), unlogged, token)
        .map(
            room -> {
              if (mine == attempt) {
                SourceStream next = newStream(room, token);
                current.handOverTo(next);
                serve(next);
              }
              return null;
            });
  }

  private void stepDown() {
    attempt++;
    phase = Phase.STANDBY;
    SourceStream current = stream;
    if (current != null) {
      current.end(Status.NOT_OWNER);
      stream = null;
    }
    metrics.onOwned(false, 0, 0);
  }

  private void announce() {
    SourceStream current = stream;
    if (current != null) {
      announcedNanos = node.ticker().nanos();
      node.bus()
          .announce(
              new BusMessage.OwnerAnnouncement(
                  source,
                  node.id(),
                  current.token(),
                  current.room().epoch(),
                  current.room().position().offset()));
    }
  }

  /** Takes or refuses a batch of events. */
  Future<EventBatchReply> onEvents(BusMessage.EventBatch batch) {
    SourceStream current = serving();
    if (current != null) {
      return current.offer(batch);
    }
    boolean soon = phase == Phase.LOADING || phase == Phase.SUSPENDED || phase == Phase.RECONCILING;
    return Future.succeededFuture(
        new EventBatchReply(soon ? Status.BUSY : Status.NOT_OWNER, FeedPosition.NONE));
  }

  /** Notes a gateway node's interest, and tells it where the stream is. */
  BusMessage.InterestReply onInterest(BusMessage.Interest interest) {
    audience.onInterest(interest.node(), interest.wanted(), node.ticker().nanos());
    SourceStream current = serving();
    if (current == null) {
      return new BusMessage.InterestReply(source, false, 0, "", 0, 0);
    }
    return new BusMessage.InterestReply(
        source,
        true,
        current.token(),
        current.room().epoch(),
        current.room().position().offset(),
        current.latestVersion());
  }

  /** Ends: no more events; what is in the air may land within a second, then the lease is free. */
  Future<Void> stop() {
    SourceStream current = stream;
    boolean held = lease.isHeld(node.ticker().nanos());
    phase = Phase.STOPPED;
    attempt++;
    if (current != null) {
      current.end(Status.NOT_OWNER);
      stream = null;
    }
    metrics.onOwned(false, 0, 0);
    lease.drop();
    return held
        ? node.store().releaseLease("owner:" + source, lease.token()).otherwiseEmpty()
        : Future.succeededFuture();
  }

  private void release(LeaseAnswer answer) {
    if (answer.held()) {
      node.store()
          .releaseLease("owner:" + source, answer.token())
          .onFailure(failure -> metrics.onFailure("releasing the lease", failure));
    }
  }
}
