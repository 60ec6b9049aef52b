package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeAnswer;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeQuery;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.protocol.bus.BusMessage.CommandRequest;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What people ask of one source: its commands and its questions, and what those need to know of
 * workers. Confined to its verticle's context.
 */
final class SourceDesk {
  private final WorkerBook workers = new WorkerBook();
  private final EventWaiters waiters = new EventWaiters();
  private final QueueKeeper queueKeeper;
  private final RevokeKeeper revokeKeeper;
  private final WorkerGreeter greeter;
  private final TaskFinder finder;
  private final OpenCommands open;
  private final CommandDesk commands;
  private final BridgeReader reader;

  SourceDesk(
      Node node,
      BridgeOptions bridge,
      String source,
      SourceConnections connections,
      Redactor redactor,
      BridgeMetrics metrics,
      Consumer<CeleryEvent> out,
      BooleanSupplier leads,
      Supplier<Map<String, @Nullable Object>> self,
      Consumer<String> onWorkerReady) {
    this.queueKeeper =
        new QueueKeeper(
            node,
            source,
            connections.control(),
            connections.queues(),
            workers,
            bridge.commandDeadline());
    this.revokeKeeper = new RevokeKeeper(node, source, connections.control());
    this.greeter =
        new WorkerGreeter(
            connections.control(),
            hostname -> {
              queueKeeper.onWorkerCame(hostname);
              revokeKeeper.onWorkerCame(hostname);
              onWorkerReady.accept(hostname);
            });
    this.finder =
        new TaskFinder(
            node,
            source,
            connections.queues(),
            connections.backend(),
            connections.control(),
            workers);
    TaskSubmitter submitter =
        new TaskSubmitter(
            connections.queues(),
            finder,
            waiters,
            workers,
            node.clock(),
            bridge.commandDeadline(),
            "apfa@" + node.id(),
            bridge.triggerAllow(),
            out);
    CommandRunner runner =
        new CommandRunner(
            connections.control(),
            workers,
            waiters,
            submitter,
            queueKeeper,
            revokeKeeper,
            node.clock(),
            bridge.commandDeadline());
    this.open =
        new OpenCommands(
            node,
            source,
            bridge.commandDeadline().plusMillis(2 * CommandDesk.SLACK_MILLIS),
            leads,
            out);
    this.commands =
        new CommandDesk(
            node, source, runner, open, bridge.commandDeadline(), redactor, metrics, out);
    this.reader =
        new BridgeReader(
            node,
            source,
            connections.queues(),
            connections.backend(),
            workers,
            redactor,
            () -> {
              Map<String, @Nullable Object> whole = self.get();
              whole.put("pausedQueues", List.copyOf(queueKeeper.pausedQueues()));
              whole.put("keptRevokes", revokeKeeper.size());
              return whole;
            });
  }

  WorkerBook workers() {
    return workers;
  }

  TaskFinder finder() {
    return finder;
  }

  /** Takes what the store kept, as alternating keys and values. */
  void load(List<String> values) {
    queueKeeper.load(values);
    revokeKeeper.load(values);
  }

  /** This bridge leads now, or no more. */
  void onLead(boolean leads, long nowMillis) {
    if (leads) {
      open.onLead(nowMillis);
    } else {
      open.onStandby();
    }
  }

  /** Lets time pass, while this bridge leads. */
  void tick(long nowMillis) {
    open.tick(nowMillis);
  }

  Future<CommandReply> accept(CommandRequest request) {
    return commands.accept(request);
  }

  Future<BridgeAnswer> answer(BridgeQuery query) {
    return reader.answer(query);
  }

  /** An event that is on its way to the owner. */
  void onEvent(CeleryEvent event) {
    waiters.onEvent(event);
    if (event.kind() == CeleryEvent.Kind.WORKER) {
      CeleryEvent.WorkerEvent worker = (CeleryEvent.WorkerEvent) event;
      if (workers.onEvent(worker)) {
        greeter.greet(worker.hostname());
      }
    }
  }
}
