package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A shaky network, as AnyCable tests it: every ten seconds all connections of all clients are reset
 * and no new ones are let in for two, while messages go on at a steady rate. Each server is met
 * with its own client library, under its own defaults, in the same run; each client keeps which
 * messages it was shown, and when.
 *
 * <p>Arguments: clients (1,000), seconds (300), messages per second (10), names of servers ({@code
 * apfa socketio}; also {@code socketio-plain}, {@code ws}, and {@code apfa-5}: our client told that
 * its timetable begins anew only after five seconds of health).
 */
final class DropsBench {
  private static final int EVERY_SECONDS = 10;
  private static final int DOWN_SECONDS = 2;

  /** Published after the last drop. */
  private static final int TAIL_SECONDS = 5;

  /** Longer than any client waits before it tries again. */
  private static final int SETTLE_SECONDS = 90;

  private static final int FULL_SECONDS = 300;
  private static final List<String> NAMES = List.of("apfa", "socketio");
  private static final Map<String, String> LABELS =
      Map.of(
          "apfa", "ours",
          "apfa-5", "ours, the client's connection healthy after 5 s",
          "socketio", "socket.io 4 with connection state recovery",
          "socketio-plain", "socket.io 4 as it comes",
          "ws", "ws, nothing but sockets");

  private final int clients;
  private final int seconds;
  private final int perSecond;

  private DropsBench(int clients, int seconds, int perSecond) {
    this.clients = clients;
    this.seconds = seconds;
    this.perSecond = perSecond;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int clients = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : FULL_SECONDS;
    int perSecond = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
    List<String> names =
        arguments.length > 3 ? List.of(arguments).subList(3, arguments.length) : NAMES;
    DropsBench bench = new DropsBench(clients, seconds, perSecond);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (String name : names) {
      Map<String, Object> row = bench.measure(name);
      System.out.println(row);
      rows.add(row);
    }
    Figures figures = new Figures("drops" + (seconds == FULL_SECONDS ? "" : "-" + seconds));
    figures.put("clients", clients);
    figures.put("messages_per_second", perSecond);
    figures.put("drops", seconds / EVERY_SECONDS);
    figures.put("seconds_between_drops", EVERY_SECONDS);
    figures.put("seconds_of_a_drop", DOWN_SECONDS);
    figures.put("rows", rows);
    figures.finish();
  }

  private static DropServer start(String name) throws Exception {
    return switch (name) {
      case "apfa", "apfa-5" -> DropServer.apfa();
      case "socketio" -> DropServer.node("drops/socketio.mjs", "recovery");
      case "socketio-plain" -> DropServer.node("drops/socketio.mjs");
      case "ws" -> DropServer.node("fanout/ws.mjs");
      default -> throw new IllegalArgumentException(name + " (expected: one of " + LABELS + ")");
    };
  }

  private Map<String, Object> measure(String name) throws Exception {
    int messages = (seconds + TAIL_SECONDS) * perSecond;
    try (DropServer server = start(name);
        NetworkProxy network = new NetworkProxy(server.port());
        NodeProbe fleet =
            NodeProbe.open(
                "drops/clients.mjs", name, "" + network.port(), "" + clients, "" + messages)) {
      double cpuBefore = server.cpuSeconds();
      List<String> drops = publish(server, network, messages);
      settle(fleet, messages);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("server", LABELS.get(name));
      row.putAll(fleet.ask("report " + messages + " " + String.join(",", drops)));
      row.put("links_cut", network.cutLinks());
      row.put("server_cpu_seconds", Figures.round(server.cpuSeconds() - cpuBefore));
      return row;
    }
  }

  /** For each drop the last message before the network was up again, and when that was. */
  private List<String> publish(DropServer server, NetworkProxy network, int messages)
      throws Exception {
    List<String> drops = new ArrayList<>();
    int period = EVERY_SECONDS * perSecond;
    int up = (EVERY_SECONDS - DOWN_SECONDS) * perSecond;
    long due = System.nanoTime();
    for (int number = 1; number <= messages; number++) {
      String uuid = "00000000-0000-4000-8000-%012d".formatted(number);
      double now = System.currentTimeMillis() / 1000.0;
      server.publish(EventPublisher.event(uuid, 1, now, number));
      if (number <= seconds * perSecond) {
        if (number % period == up) {
          network.cut();
        } else if (number % period == 0) {
          network.restore();
          drops.add(number + ":" + System.currentTimeMillis());
        }
      }
      due += TimeUnit.SECONDS.toNanos(1) / perSecond;
      Pause.until(due);
    }
    return drops;
  }

  /** Waits until every client has the last message; one that lost messages has it too. */
  private static void settle(NodeProbe fleet, int messages) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
    while (!Integer.valueOf(0).equals(fleet.ask("behind " + messages).get("behind"))
        && System.nanoTime() < deadline) {
      Pause.millis(500);
    }
  }
}
