package io.apfa.realtime.bridge;

import io.apfa.realtime.protocol.bus.BusMessage.EventBatch;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.OwnerAnnouncement;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one batch at a time to whoever owns the source: repeats it unchanged, to the next owner if
 * need be, until it is done, fenced off or given up. Confined to its verticle's context.
 */
final class OwnerLink {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerLink.class);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);
  private static final long RETRY_MILLIS = 50;

  private final Vertx vertx;
  private final Node node;
  private final String source;
  private final Listener listener;
  private @Nullable Sending sending;

  /** What becomes of a batch. */
  interface Listener {
    /** It is in the owner's log. */
    void onDone(FeedPosition position);

    /** The owner refused the token it was sent under. */
    void onFenced(long token);
  }

  /** One batch on its way: it is itself, whatever it holds. Immutable. */
  private static final class Sending {
    final EventBatch batch;

    Sending(EventBatch batch) {
      this.batch = batch;
    }
  }

  OwnerLink(Vertx vertx, Node node, String source, Listener listener) {
    this.vertx = vertx;
    this.node = node;
    this.source = source;
    this.listener = listener;
  }

  /** Whether a batch is on its way. */
  boolean isBusy() {
    return sending != null;
  }

  /** Sends {@code batch}; only when none is on its way. */
  void send(EventBatch batch) {
    if (sending != null) {
      throw new IllegalStateException("a batch is on its way (expected: none)");
    }
    Sending begun = new Sending(batch);
    sending = begun;
    offer(begun);
  }

  /** Sends the batch that is on its way no more. */
  void giveUp() {
    sending = null;
  }

  private void offer(Sending current) {
    if (sending != current) {
      return;
    }
    OwnerAnnouncement owner = node.directory().ownerOf(source);
    if (owner == null) {
      vertx.setTimer(RETRY_MILLIS, id -> offer(current));
      return;
    }
    node.bus()
        .request(owner.node(), current.batch, EventBatchReply.class, ANSWER_TIMEOUT)
        .onComplete(
            reply -> onReply(current, owner, reply),
            failure -> {
              LOG.debug("source {}: batch not answered: {}", source, failure.toString());
              retry(current, owner, true);
            });
  }

  private void onReply(Sending current, OwnerAnnouncement owner, EventBatchReply reply) {
    if (sending != current) {
      return;
    }
    switch (reply.status()) {
      case DONE -> {
        sending = null;
        listener.onDone(current.batch.position());
      }
      case NOT_OWNER -> retry(current, owner, true);
      case BUSY -> retry(current, owner, false);
      case FENCED -> listener.onFenced(current.batch.position().leaseToken());
    }
  }

  private void retry(Sending current, OwnerAnnouncement owner, boolean forget) {
    if (forget) {
      node.directory().forgetOwner(owner);
    }
    vertx.setTimer(RETRY_MILLIS, id -> offer(current));
  }
}
