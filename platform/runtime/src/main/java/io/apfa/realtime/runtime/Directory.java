package io.apfa.realtime.runtime;

import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is here and who owns what, as announced on the bus: every node announces itself once a
 * second, every owner its sources. It is a hint for addressing and decides nothing; leases decide.
 *
 * <p>Thread-safe: concurrent maps of immutable values.
 */
public final class Directory {
  /** How long a node is listed after its last announcement. */
  public static final long NODE_LINGER_NANOS = 3_500_000_000L;

  private static final long ANNOUNCE_MILLIS = 1000;

  private final Bus bus;
  private final Ticker ticker;
  private final Map<NodeId, Seen> nodes = new ConcurrentHashMap<>();
  private final Map<String, BusMessage.OwnerAnnouncement> owners = new ConcurrentHashMap<>();

  private record Seen(Set<Role> roles, long nanos) {}

  private Directory(Bus bus, Ticker ticker) {
    this.bus = bus;
    this.ticker = ticker;
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
        () -> bus.announce(new BusMessage.NodeAnnouncement(bus.self(), roles, clock.millis()));
    announce.run();
    vertx.setPeriodic(ANNOUNCE_MILLIS, id -> announce.run());
    return directory;
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

  /** The last announced owner of {@code source}, or null when none was heard of. */
  public BusMessage.@Nullable OwnerAnnouncement ownerOf(String source) {
    return owners.get(source);
  }

  /** Forgets {@code owner} as an owner, when a request showed that it is gone or fenced. */
  public void forgetOwner(BusMessage.OwnerAnnouncement owner) {
    owners.remove(owner.source(), owner);
  }

  private void onNodeAnnouncement(BusMessage.NodeAnnouncement announcement) {
    nodes.put(announcement.node(), new Seen(announcement.roles(), ticker.nanos()));
  }

  private void onOwnerAnnouncement(BusMessage.OwnerAnnouncement announcement) {
    owners.merge(
        announcement.source(),
        announcement,
        (known, heard) -> heard.token() >= known.token() ? heard : known);
  }
}
