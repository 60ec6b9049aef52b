package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Format;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.ReadBack;
import io.apfa.realtime.gateway.session.SnapshotWish;
import io.apfa.realtime.gateway.session.Upstream;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The core's questions, put to the owner over the bus and to the log in the state store. The
 * interest of this gateway is renewed once a second; while no owner answers, the log is followed
 * instead.
 *
 * <p>Confined to its verticle's context.
 */
final class BusUpstream implements Upstream {
  private static final Logger LOG = LoggerFactory.getLogger(BusUpstream.class);
  private static final Duration INTEREST_TIMEOUT = Duration.ofMillis(900);
  private static final int PAGE_BYTES = 1024 * 1024;

  private final Node node;
  private final SourceClient client;
  private final SnapshotLoader snapshots;
  private final GatewayMetrics metrics;
  private final Set<String> asking = new HashSet<>();
  private final Set<String> askAgain = new HashSet<>();
  private final Set<String> wanted = new HashSet<>();
  private Hub hub;

  @SuppressWarnings("NullAway.Init") // the hub and its upstream know each other: see connect
  BusUpstream(Node node, SourceClient client, SnapshotLoader snapshots, GatewayMetrics metrics) {
    this.metrics = metrics;
    this.node = node;
    this.client = client;
    this.snapshots = snapshots;
  }

  /** Connects both sides; called once, before anything else. */
  void connect(Hub itsHub) {
    hub = itsHub;
  }

  /** Renews the interest in every source that is wanted, and ends it in those no longer. */
  void renew() {
    long now = node.ticker().nanos();
    for (String source : hub.sources()) {
      if (hub.isWanted(source, now)) {
        wanted.add(source);
        announceInterest(source);
        if (!hub.isLive(source, now)) {
          follow(source);
        }
      } else if (wanted.remove(source)) {
        BusMessage.OwnerAnnouncement owner = node.directory().ownerOf(source);
        if (owner != null) {
          node.bus().send(owner.node(), new BusMessage.Interest(source, node.id(), false));
        }
      }
    }
  }

  /** An owner announced itself: if it is a new one, it must hear of us now. */
  void onOwner(BusMessage.OwnerAnnouncement owner) {
    long now = node.ticker().nanos();
    if (hub.hasSource(owner.source())
        && hub.isWanted(owner.source(), now)
        && (!hub.isLive(owner.source(), now) || owner.token() > hub.token(owner.source()))) {
      announceTo(owner);
    }
  }

  @Override
  public void announceInterest(String source) {
    BusMessage.OwnerAnnouncement owner = node.directory().ownerOf(source);
    if (owner != null) {
      announceTo(owner);
    }
  }

  private void announceTo(BusMessage.OwnerAnnouncement owner) {
    String source = owner.source();
    if (!asking.add(source)) {
      askAgain.add(source);
      return;
    }
    wanted.add(source);
    long askedNanos = node.ticker().nanos();
    Future<BusMessage.InterestReply> answer =
        node.bus()
            .request(
                owner.node(),
                new BusMessage.Interest(source, node.id(), true),
                BusMessage.InterestReply.class,
                INTEREST_TIMEOUT);
    answer.onComplete(
        reply -> {
          asking.remove(source);
          metrics.onCanary(node.ticker().nanos() - askedNanos);
          if (reply.owner()) {
            hub.onHead(reply, node.ticker().nanos());
          } else {
            node.directory().forgetOwner(owner);
          }
          if (askAgain.remove(source)) {
            announceInterest(source);
          }
        },
        failure -> {
          asking.remove(source);
          askAgain.remove(source);
          node.directory().forgetOwner(owner);
          LOG.info(
              "source {}: its owner {} does not answer: {}",
              source,
              owner.node(),
              failure.getMessage());
        });
  }

  @Override
  public void pull(String source, String epoch, long from) {
    node.store()
        .readLog(source, epoch, from, PAGE_BYTES)
        .onComplete(
            page -> hub.onPulled(source, epoch, page, node.ticker().nanos()),
            failure -> {
              LOG.info("source {}: its log cannot be read: {}", source, failure.getMessage());
              hub.onPulled(source, epoch, null, node.ticker().nanos());
            });
  }

  @Override
  public void readBack(String source, String epoch, long from, long to) {
    readPage(source, epoch, from, new ReadBack(from, to, node.ticker().nanos()));
  }

  private void readPage(String source, String epoch, long from, ReadBack read) {
    node.store()
        .readLog(source, epoch, read.next(), PAGE_BYTES)
        .onComplete(
            page -> {
              if (read.add(page)) {
                readPage(source, epoch, from, read);
              } else {
                hub.onReadBack(source, epoch, from, read, node.ticker().nanos());
              }
            },
            failure -> hub.onReadBack(source, epoch, from, null, node.ticker().nanos()));
  }

  @Override
  public void loadSnapshot(Room room, SnapshotWish wish, Format format) {
    snapshots
        .load(room, wish, format)
        .onComplete(
            snapshot -> hub.onSnapshot(room, wish, format, snapshot, node.ticker().nanos()),
            failure -> {
              LOG.info("room {}: no snapshot: {}", room, failure.getMessage());
              hub.onSnapshot(room, wish, format, null, node.ticker().nanos());
            });
  }

  @Override
  public void loadLatestValues(String source) {
    client
        .askOwner(source, new BusMessage.LatestQuery(source), BusMessage.LatestValues.class)
        .onComplete(
            values -> {
              hub.onLatestValues(values, node.clock().millis());
              hub.flush(node.ticker().nanos());
            },
            failure -> hub.onLatestFailed(source));
  }

  private void follow(String source) {
    StreamPosition position = hub.position(source);
    if (position != null) {
      metrics.onFollow(source);
      pull(source, position.epoch(), position.offset() + 1);
    }
  }
}
