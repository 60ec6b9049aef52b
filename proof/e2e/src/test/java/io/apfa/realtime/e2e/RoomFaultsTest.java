package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Three real nodes and a real Redis under load, each fault in turn: no session misses an update,
 * sees one twice or out of order, or has to start over. {@code make chaos} does it with 1,000
 * updates a second and 500 sessions, each fault on nodes of its own, with 5,000 clients when a
 * gateway dies while another serves 500, and keeps the figures. {@code apfa.faults.only} names,
 * separated by commas, the only faults to do.
 */
class RoomFaultsTest {
  private static final int SESSIONS = Integer.getInteger("apfa.faults.sessions", 20);
  private static final int EVENTS_PER_SECOND = Integer.getInteger("apfa.faults.rate", 200);
  private static final int PAUSE_SECONDS = Integer.getInteger("apfa.faults.pause", 3);
  private static final int RECOVERING = Integer.getInteger("apfa.faults.recovering", SESSIONS / 2);
  private static final int BYSTANDERS =
      Integer.getInteger("apfa.faults.bystanders", RECOVERING / 10);
  private static final int RECOVERING_EVENTS_PER_SECOND = 50;
  private static final double STEADY_SECONDS =
      Integer.getInteger("apfa.faults.steady", 1000) / 1000.0;

  /** Tasks in the table before the fault. */
  private static final int TABLE_TASKS = Integer.getInteger("apfa.faults.tasks", 0);

  private static final boolean EACH_ALONE = Boolean.getBoolean("apfa.faults.each");

  /** What is promised, and what a machine that builds other things meanwhile is held to. */
  private static final long RECOVERY_MILLIS = EACH_ALONE ? 3_000 : 10_000;

  /** What is done to the nodes while sessions listen and events come. */
  private enum Fault {
    BUS_LOSES_BATCHES {
      @Override
      void strike(FaultRig rig, Run run) throws IOException {
        rig.drop(5);
        run.load.run(2 * STEADY_SECONDS);
        rig.drop(1);
        run.settle("bus_loses_the_last_batch");
        rig.drop(0);
        run.load.start();
      }
    },
    OWNER_AND_BRIDGE_KILLED {
      @Override
      void strike(FaultRig rig, Run run) {
        rig.kill(FaultRig.OWNER, FaultRig.BRIDGE);
        run.awaitOwner(FaultRig.STANDBY);
      }
    },
    EVERYTHING_RESTARTED {
      @Override
      void strike(FaultRig rig, Run run) throws IOException {
        run.settle("before_restart");
        Map<String, JsonObject> before = page(rig);
        rig.kill(FaultRig.OWNER, FaultRig.BRIDGE, FaultRig.STANDBY);
        rig.startAll();
        assertThat(page(rig)).isEqualTo(before);
        run.load.start();
        await("sessions back").atMost(Duration.ofMinutes(1)).until(run.fleet::allRegistered);
      }
    },
    GATEWAY_KILLED {
      @Override
      void strike(FaultRig rig, Run run) {
        Map<String, Long> before = rig.cpuMillis();
        long killed = System.nanoTime();
        rig.kill(rig.busiestGateway());
        await("every client back")
            .atMost(Duration.ofMinutes(1))
            .pollInterval(Duration.ofMillis(20))
            .until(run.fleet::allRegistered);
        run.results.put("gateway_killed_all_back_ms", (System.nanoTime() - killed) / 1_000_000);
        rig.cpuMillis()
            .forEach(
                (process, cpu) ->
                    run.results.put(
                        "gateway_killed_cpu_ms_" + process,
                        cpu - before.getOrDefault(process, 0L)));
      }
    },
    OWNER_PAUSED_AND_WOKEN {
      @Override
      void strike(FaultRig rig, Run run) throws IOException, InterruptedException {
        rig.signal(FaultRig.OWNER, "STOP");
        run.load.run(PAUSE_SECONDS);
        rig.signal(FaultRig.OWNER, "CONT");
        run.awaitOwner(FaultRig.STANDBY);
        await("the woken owner steps down")
            .atMost(Duration.ofSeconds(10))
            .until(() -> !rig.leads(FaultRig.OWNER, "apfa_owner"));
      }
    },
    OWNER_KILLED {
      @Override
      void strike(FaultRig rig, Run run) {
        assertThat(rig.leads(FaultRig.OWNER, "apfa_owner")).as("who is killed owns it").isTrue();
        long killed = System.nanoTime();
        rig.kill(FaultRig.OWNER);
        run.awaitOwner(FaultRig.STANDBY);
        run.results.put(title() + "_owned_after_ms", (System.nanoTime() - killed) / 1_000_000);
      }
    };

    /** What its figures are called. */
    String title() {
      String name = name().toLowerCase(Locale.ROOT);
      return TABLE_TASKS > 0 ? name + "_with_" + TABLE_TASKS + "_tasks" : name;
    }

    abstract void strike(FaultRig rig, Run run) throws IOException, InterruptedException;
  }

  /** Those that can follow each other on the same nodes: the restart brings back who was killed. */
  private static final Set<Fault> ONE_AFTER_THE_OTHER =
      EnumSet.of(
          Fault.BUS_LOSES_BATCHES,
          Fault.OWNER_AND_BRIDGE_KILLED,
          Fault.EVERYTHING_RESTARTED,
          Fault.GATEWAY_KILLED);

  @Test
  void shouldLoseNothingRepeatNothingAndKeepOrderWhateverFails() throws Exception {
    FaultResults results = new FaultResults("room-faults");
    results.put("sessions", SESSIONS);
    results.put("events_per_second", EVENTS_PER_SECOND);
    results.put("pause_seconds", PAUSE_SECONDS);
    results.put("gateway_killed_sessions", RECOVERING);
    Set<Fault> chosen = chosen();
    if (EACH_ALONE) {
      for (Fault fault : chosen) {
        boolean recovering = fault == Fault.GATEWAY_KILLED;
        int sessions = recovering ? RECOVERING : SESSIONS;
        int events = recovering ? RECOVERING_EVENTS_PER_SECOND : EVENTS_PER_SECOND;
        strikeInTurn(EnumSet.of(fault), sessions, events, results);
      }
    } else {
      strikeInTurn(chosen, SESSIONS, EVENTS_PER_SECOND, results);
    }
    results.keep();
  }

  /** The faults named by {@code apfa.faults.only}, in any case; without it, all that may be. */
  private static Set<Fault> chosen() {
    String only = System.getProperty("apfa.faults.only", "");
    if (only.isBlank()) {
      return EACH_ALONE ? EnumSet.allOf(Fault.class) : ONE_AFTER_THE_OTHER;
    }
    Set<Fault> named = EnumSet.noneOf(Fault.class);
    for (String name : only.split(",", -1)) {
      named.add(Fault.valueOf(name.strip().toUpperCase(Locale.ROOT)));
    }
    return named;
  }

  private static void strikeInTurn(
      Set<Fault> faults, int sessions, int eventsPerSecond, FaultResults results) throws Exception {
    SeenBatch.TaskNumbers numbers = new SeenBatch.TaskNumbers();
    try (FaultRig rig = new FaultRig();
        SessionFleet fleet =
            new SessionFleet(
                sessions, sessions == RECOVERING ? rig::portOfStandby : rig::nextPort, numbers);
        SessionFleet bystanders =
            new SessionFleet(
                sessions == RECOVERING ? BYSTANDERS : 0, () -> rig.port(FaultRig.BRIDGE), numbers);
        EventLoad load = new EventLoad(rig.redis().port(), eventsPerSecond, numbers)) {
      Run run = new Run(rig, fleet, load, results);
      if (TABLE_TASKS > 0) {
        load.fill(TABLE_TASKS);
        await("table filled")
            .atMost(Duration.ofMinutes(2))
            .pollInterval(Duration.ofMillis(250))
            .until(() -> tasksIn(rig.node(FaultRig.STANDBY)) >= TABLE_TASKS);
      }
      for (Fault fault : faults) {
        String name = fault.title();
        load.start();
        load.run(2 * STEADY_SECONDS);
        fleet.forgetFigures();
        bystanders.forgetFigures();
        fault.strike(rig, run);
        load.run(2 * STEADY_SECONDS);
        FleetFigures figures = fleet.figures();
        results.put(name, figures);
        if (bystanders.size() > 0) {
          results.put(name + "_bystanders", bystanders.size());
          results.put(
              name + "_bystanders_longest_without_updates_ms",
              bystanders.figures().silenceMillis());
        }
        results.keep();
        run.settle(name);
        FleetFigures settled = fleet.figures();
        results.put(name + "_settled_wrongs", settled.wrongs());
        results.keep();
        assertThat(settled.wrongs()).as(name + ": " + settled).isZero();
        assertThat(bystanders.figures().wrongs()).as(name + ", on another gateway").isZero();
        if (fault == Fault.GATEWAY_KILLED) {
          assertThat(figures.recoveryMillis()).as(name).isBetween(1L, RECOVERY_MILLIS);
        }
      }
    }
  }

  private record Run(FaultRig rig, SessionFleet fleet, EventLoad load, FaultResults results) {
    /** Ends every task, and waits until every session saw that; how long that took is a figure. */
    void settle(String name) throws IOException {
      load.settle();
      long ended = System.nanoTime();
      int[] tasks = load.tasks();
      await(name + ": every session sees every task end")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> fleet.behind(tasks) == 0);
      results.put(name + "_settled_after_ms", (System.nanoTime() - ended) / 1_000_000);
      results.put(name + "_events", load.published());
    }

    void awaitOwner(int node) {
      await("node " + node + " owns the source")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> rig.leads(node, "apfa_owner"));
    }
  }

  private static long tasksIn(ApfaProcess gateway) {
    String answer = ApfaProcess.get(gateway.url("/api/v1/tasks?limit=1"));
    return answer.startsWith("{") ? new JsonObject(answer).getLong("total", 0L) : 0;
  }

  /** The newest tasks as the page shows them, and the epoch under which. */
  private static Map<String, JsonObject> page(FaultRig rig) {
    ApfaProcess gateway = rig.node(FaultRig.STANDBY);
    JsonObject page =
        await("the page")
            .atMost(Duration.ofSeconds(20))
            .until(
                () -> new JsonObject(ApfaProcess.get(gateway.url("/api/v1/tasks?limit=1000"))),
                answer -> answer.containsKey("tasks"));
    String position = page.getString("position");
    Map<String, JsonObject> tasks = new TreeMap<>(Comparator.naturalOrder());
    JsonArray all = page.getJsonArray("tasks");
    for (int i = 0; i < all.size(); i++) {
      tasks.put(all.getJsonObject(i).getString("uuid"), all.getJsonObject(i));
    }
    String epoch = position.substring(0, position.lastIndexOf(':'));
    tasks.put("page", new JsonObject(Map.of("epoch", epoch, "total", page.getValue("total"))));
    return tasks;
  }
}
