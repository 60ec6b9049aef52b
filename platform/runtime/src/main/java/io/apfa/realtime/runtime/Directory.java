package io.apfa.realtime.runtime;

import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is here and who owns what, as announced on the bus: every node announces itself once a
 * second, every owner its sources. It is a hint for addressing and decides nothing; leases decide.
 *
 * <p>Its announcement is the bus's canary too: a node that does not hear its own for {@link
 * #DEAF_NANOS} cannot be reached by anyone, and registers its addresses anew.
 *
 * <p>Thread-safe: concurrent maps of immutable values.
 */
public final class Directory {
  /** How long a node is listed after its last announcement. */
  public static final long NODE_LINGER_NANOS = 3_500_000_000L;

  /** How long a node may not hear itself before it rebuilds its side of the bus. */
  public static final long DEAF_NANOS = 5_000_000_000L;

  private static final long ANNOUNCE_MILLIS = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(Directory.class);

  private final Bus bus;
  private final Ticker ticker;
  private final Map<NodeId, Seen> nodes = new ConcurrentHashMap<>();
  private final Map<String, HeardOwner> owners = new ConcurrentHashMap<>();

  private volatile long selfHeardNanos;
  private volatile long rebuiltNanos;

  private record Seen(Set<Role> roles, long nanos) {}

  private record HeardOwner(BusMessage.OwnerAnnouncement announcement, long nanos) {}

  private Directory(Bus bus, Ticker ticker) {
    this.bus = bus;
    this.ticker = ticker;
    this.selfHeardNanos = ticker.nanos();
    this.rebuiltNanos = selfHeardNanos;
  }

  /** Opens the directory of this node, and announces it with {@code roles} from now on. */
  public static Directory open(Vertx vertx, Bus bus, Set<Role> roles, Ticker ticker, Clock clock) {
    Directory directory = new Directory(bus, ticker);
    bus.listen(
        BusMessage.Kind.NODE_ANNOUNCEMENT,
        BusMessage.NodeAnnouncement.class,
        directory::onNodeAnnouncement);
    bus.listen(
        BusMessage.Kind.OWNER_ANNOUNCEMENT,
        BusMessage.OwnerAnnouncement.class,
        directory::onOwnerAnnouncement);
    directory.nodes.put(bus.self(), new Seen(Set.copyOf(roles), ticker.nanos()));
    Runnable announce =
        () -> {
          directory.rebuildIfDeaf();
          bus.announce(new BusMessage.NodeAnnouncement(bus.self(), roles, clock.millis()));
        };
    announce.run();
    vertx.setPeriodic(ANNOUNCE_MILLIS, id -> announce.run());
    return directory;
  }

  private void rebuildIfDeaf() {
    long now = ticker.nanos();
    if (now - selfHeardNanos >= DEAF_NANOS && now - rebuiltNanos >= DEAF_NANOS) {
      rebuiltNanos = now;
      LOG.warn("bus: node {} does not hear itself, registers its addresses anew", bus.self());
      bus.rebuild().onFailure(failure -> LOG.warn("bus: not registered: {}", failure.toString()));
    }
  }

  /** The nodes with {@code role}, in the order of their ids. */
  public List<NodeId> nodesWith(Role role) {
    long now = ticker.nanos();
    List<NodeId> found = new ArrayList<>();
    nodes.forEach(
        (node, seen) -> {
          boolean alive = node.equals(bus.self()) || now - seen.nanos() < NODE_LINGER_NANOS;
          if (alive && seen.roles().contains(role)) {
            found.add(node);
          } else if (!alive) {
            nodes.remove(node, seen);
          }
        });
    found.sort(Comparator.comparing(NodeId::value));
    return found;
  }

  /** How many nodes are here, this one included. */
  public int nodeCount() {
    long now = ticker.nanos();
    long others =
        nodes.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(bus.self()))
            .filter(entry -> now - entry.getValue().nanos() < NODE_LINGER_NANOS)
            .count();
    return 1 + (int) others;
  }

  /** The last announced owner of {@code source}, or null when none was heard of. */
  public BusMessage.@Nullable OwnerAnnouncement ownerOf(String source) {
    HeardOwner heard = owners.get(source);
    return heard == null ? null : heard.announcement();
  }

  /** How long ago an owner of {@code source} last announced itself, or null when none did. */
  public @Nullable Duration sinceOwner(String source) {
    HeardOwner heard = owners.get(source);
    return heard == null ? null : Duration.ofNanos(ticker.nanos() - heard.nanos());
  }

  /** How long ago this node last heard its own announcement, which comes once a second. */
  public Duration sinceSelf() {
    return Duration.ofNanos(ticker.nanos() - selfHeardNanos);
  }

  /** Forgets {@code owner} as an owner, when a request showed that it is gone or fenced. */
  public void forgetOwner(BusMessage.OwnerAnnouncement owner) {
    owners.computeIfPresent(
        owner.source(), (source, heard) -> heard.announcement().equals(owner) ? null : heard);
  }

  private void onNodeAnnouncement(BusMessage.NodeAnnouncement announcement) {
    nodes.put(announcement.node(), new Seen(announcement.roles(), ticker.nanos()));
    if (announcement.node().equals(bus.self())) {
      selfHeardNanos = ticker.nanos();
    }
  }

  private void onOwnerAnnouncement(BusMessage.OwnerAnnouncement announcement) {
    owners.merge(
        announcement.source(),
        new HeardOwner(announcement, ticker.nanos()),
        (known, heard) ->
            heard.announcement().token() >= known.announcement().token() ? heard : known);
  }
}
