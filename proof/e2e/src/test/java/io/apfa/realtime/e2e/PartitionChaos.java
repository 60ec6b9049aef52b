package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.apfa.realtime.e2e.NetworkNamespaces.Side;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A cluster over two network namespaces whose link is cut under load and mended: one owner
 * throughout, no session of either side misses an update, sees one twice or out of order, and the
 * cluster becomes one again by itself. Part of {@code make chaos}, which does it with 20 s cuts of
 * every kind at 500 updates a second, and keeps the figures. {@code apfa.faults.cuts} names,
 * separated by commas, the only cuts to do.
 *
 * <p>Skipped only where no namespace can be made: not Linux, not root, no {@code ip}.
 */
class PartitionChaos {
  private static final boolean EACH = Boolean.getBoolean("apfa.faults.each");
  private static final int SESSIONS_PER_SIDE =
      Integer.getInteger("apfa.faults.partition.sessions", 10);
  private static final int EVENTS_PER_SECOND =
      Integer.getInteger("apfa.faults.partition.rate", 200);
  private static final int CUT_SECONDS = Integer.getInteger("apfa.faults.partition.seconds", 10);
  private static final double STEADY_SECONDS = 2;

  /**
   * Hazelcast looks for other clusters every 8 s, merges in seconds, and may have to do it twice.
   */
  private static final Duration HEALED_WITHIN = Duration.ofSeconds(60);

  /** What is cut, and where the leading bridge is meanwhile. */
  private enum Cut {
    BOTH_WAYS(Side.WEST) {
      @Override
      void make(PartitionRig rig) {
        rig.network().cut(Side.WEST, Side.EAST);
        rig.network().cut(Side.EAST, Side.WEST);
      }
    },
    BRIDGE_FROM_OWNER(Side.EAST) {
      @Override
      void make(PartitionRig rig) {
        BOTH_WAYS.make(rig);
      }
    },
    FROM_OWNER_ONLY(Side.WEST) {
      @Override
      void make(PartitionRig rig) {
        rig.network().cut(Side.WEST, Side.EAST);
      }
    },
    TO_OWNER_ONLY(Side.WEST) {
      @Override
      void make(PartitionRig rig) {
        rig.network().cut(Side.EAST, Side.WEST);
      }
    },
    OWNER_FROM_EVERYTHING(Side.WEST) {
      @Override
      void make(PartitionRig rig) {
        BOTH_WAYS.make(rig);
        rig.network().cutFromOutside(rig.redis().port(), Side.WEST);
      }
    };

    private final Side leadingBridge;

    Cut(Side leadingBridge) {
      this.leadingBridge = leadingBridge;
    }

    String title() {
      return name().toLowerCase(Locale.ROOT);
    }

    abstract void make(PartitionRig rig);
  }

  @Test
  void shouldHaveOneOwnerLoseNothingAndHealByItselfWhenTheClusterIsSplit() throws Exception {
    Optional<String> obstacle = NetworkNamespaces.obstacle();
    assumeTrue(obstacle.isEmpty(), obstacle::get);
    FaultResults results = new FaultResults("partitions");
    results.put("sessions_per_side", SESSIONS_PER_SIDE);
    results.put("events_per_second", EVENTS_PER_SECOND);
    results.put("cut_seconds", CUT_SECONDS);
    for (Cut cut : chosen()) {
      split(cut, results);
    }
  }

  private static Set<Cut> chosen() {
    String only = System.getProperty("apfa.faults.cuts", "");
    if (only.isBlank()) {
      return EACH ? EnumSet.allOf(Cut.class) : EnumSet.of(Cut.BRIDGE_FROM_OWNER);
    }
    Set<Cut> named = EnumSet.noneOf(Cut.class);
    for (String name : only.split(",", -1)) {
      named.add(Cut.valueOf(name.strip().toUpperCase(Locale.ROOT)));
    }
    return named;
  }

  private static void split(Cut cut, FaultResults results) throws Exception {
    SeenBatch.TaskNumbers numbers = new SeenBatch.TaskNumbers();
    SeenBatch.OffsetBook book = new SeenBatch.OffsetBook();
    String token = Tokens.of("watcher", "viewer");
    try (PartitionRig rig = new PartitionRig(cut.leadingBridge);
        SessionFleet west = fleet(rig, Side.WEST, token, numbers, book);
        SessionFleet east = fleet(rig, Side.EAST, token, numbers, book);
        EventLoad load = new EventLoad(rig.redis().port(), EVENTS_PER_SECOND, numbers);
        OwnerWatch watch = new OwnerWatch(rig)) {
      Map<Side, SessionFleet> fleets = new EnumMap<>(Map.of(Side.WEST, west, Side.EAST, east));
      try {
        new Run(cut, rig, fleets, load, watch, book, results).go();
      } catch (Throwable e) {
        System.out.println(rig.output());
        throw e;
      }
    }
  }

  private static SessionFleet fleet(
      PartitionRig rig,
      Side side,
      String token,
      SeenBatch.TaskNumbers numbers,
      SeenBatch.OffsetBook book) {
    return new SessionFleet(
        SESSIONS_PER_SIDE, () -> rig.gateway(side), token, new SeenBatch.Reader(numbers, book));
  }

  private record Run(
      Cut cut,
      PartitionRig rig,
      Map<Side, SessionFleet> fleets,
      EventLoad load,
      OwnerWatch watch,
      SeenBatch.OffsetBook book,
      FaultResults results) {
    void go() throws IOException {
      load.start();
      load.run(STEADY_SECONDS);
      fleets.values().forEach(SessionFleet::forgetFigures);
      cut.make(rig);
      load.run(CUT_SECONDS);
      put("nodes_heard_by_east_gateway", heard(PartitionRig.Place.EAST_GATEWAY));
      long healed = System.nanoTime();
      rig.network().heal();
      await(cut + ": every node hears every node")
          .atMost(HEALED_WITHIN)
          .pollInterval(Duration.ofMillis(100))
          .until(rig::isWhole);
      put("every_node_heard_after_ms", (System.nanoTime() - healed) / 1_000_000);
      awaitBus();
      put("bus_used_again_after_ms", (System.nanoTime() - healed) / 1_000_000);
      load.run(STEADY_SECONDS);
      settle("settled_after_ms");
      fleets.forEach((side, fleet) -> results.put(cut.title() + "_" + name(side), fleet.figures()));
      awaitTakeover();
      judge();
    }

    private double heard(PartitionRig.Place place) {
      return rig.node(place).metric("apfa_nodes");
    }

    /** Waits for three canaries of each gateway in a row without a need to read the log. */
    private void awaitBus() {
      await(cut + ": the bus works for both gateways")
          .atMost(HEALED_WITHIN)
          .pollInterval(Duration.ofMillis(100))
          .until(
              () -> {
                double follows = rig.follows(Side.WEST) + rig.follows(Side.EAST);
                double west = rig.canaries(Side.WEST);
                double east = rig.canaries(Side.EAST);
                await("canaries")
                    .atMost(HEALED_WITHIN)
                    .until(
                        () ->
                            rig.canaries(Side.WEST) >= west + 3
                                && rig.canaries(Side.EAST) >= east + 3);
                return rig.follows(Side.WEST) + rig.follows(Side.EAST) == follows;
              });
    }

    /** The merged cluster is put to the test: the owner dies, and another must be found. */
    private void awaitTakeover() throws IOException {
      PartitionRig.Place owner =
          rig.owns(Side.WEST) ? PartitionRig.Place.WEST_OWNER : PartitionRig.Place.EAST_STANDBY;
      Side other = owner == PartitionRig.Place.WEST_OWNER ? Side.EAST : Side.WEST;
      load.start();
      load.run(STEADY_SECONDS);
      long killed = System.nanoTime();
      rig.node(owner).kill();
      await(cut + ": the other side owns the source")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> rig.owns(other));
      put("then_owned_by_other_side_after_ms", (System.nanoTime() - killed) / 1_000_000);
      load.run(STEADY_SECONDS);
      settle("then_settled_after_ms");
    }

    private void settle(String name) throws IOException {
      load.settle();
      long ended = System.nanoTime();
      int[] tasks = load.tasks();
      await(cut + ": every session sees every task end")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(20))
          .untilAsserted(() -> fleets.values().forEach(f -> assertThat(f.behind(tasks)).isZero()));
      put(name, (System.nanoTime() - ended) / 1_000_000);
    }

    private void judge() throws IOException {
      put("events", load.published());
      put("offsets_told", book.size());
      put("offsets_told_with_two_rows", book.contradictions());
      put("looks_for_owners", watch.looks());
      put("looks_that_found_two", watch.twoOwners());
      put("owner_changes", watch.changes());
      results.keep();
      fleets.forEach(
          (side, fleet) -> {
            FleetFigures figures = fleet.figures();
            assertThat(figures.wrongs()).as(cut + ", " + side + ": " + figures).isZero();
          });
      assertThat(book.contradictions()).as(cut + ": offsets told with two rows").isZero();
      assertThat(watch.looks()).as(cut + ": looks for owners").isGreaterThan(CUT_SECONDS);
      assertThat(watch.twoOwners()).as(cut + ": looks that found two owners").isZero();
      assertThat(watch.tokensThatWentBack()).as(cut + ": tokens that went back").isZero();
    }

    private void put(String name, Object value) {
      results.put(cut.title() + "_" + name, value);
    }

    private static String name(Side side) {
      return side.name().toLowerCase(Locale.ROOT);
    }
  }
}
