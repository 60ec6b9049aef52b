package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.CommandOutcomes.Outcome;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands under way, kept in the state store too, so that each ends even if its bridge does not
 * lead to its end: a bridge that was replaced leaves the outcome there; of one that died nobody
 * knows the outcome, and the next one says so. What the store has is looked through after a
 * takeover, twice, a deadline apart: the second time finds what a replaced bridge, that did not
 * know it yet, took in meanwhile.
 *
 * <p>Bounded by the store's own bound on small values. Confined to its verticle's context.
 */
final class OpenCommands {
  /** The reason of a command whose bridge died before it ended. */
  static final String OUTCOME_UNKNOWN = "outcome-unknown";

  private static final Logger LOG = LoggerFactory.getLogger(OpenCommands.class);
  private static final String KEY_PREFIX = "open/";
  private static final int LOOKS = 2;

  /** How long an outcome may be on its way to the owner. */
  private static final long ON_THE_WAY_MILLIS = 5000;

  private final Node node;
  private final String source;
  private final long patienceMillis;
  private final BooleanSupplier leads;
  private final Consumer<CeleryEvent> out;

  /** What this bridge carries out, by key. */
  private final Map<String, Open> own = new HashMap<>();

  private int looksLeft;
  private long nextLookMillis;
  private boolean looking;

  /** One request's commands. Confined to its owner. */
  private static final class Open {
    final @Nullable String msgId;
    final long acceptedMillis;
    final Map<String, @Nullable String> tasks = new LinkedHashMap<>();
    final Map<String, Outcome> ended = new HashMap<>();
    long forgetMillis;

    Open(@Nullable String msgId, long acceptedMillis) {
      this.msgId = msgId;
      this.acceptedMillis = acceptedMillis;
    }

    String write() {
      List<@Nullable Object> commands = new ArrayList<>();
      tasks.forEach(
          (commandId, taskId) -> {
            Outcome outcome = ended.get(commandId);
            List<@Nullable Object> command = new ArrayList<>();
            command.add(commandId);
            command.add(taskId);
            command.add(outcome == null ? null : outcome.confirmed());
            command.add(outcome == null ? null : outcome.reason());
            commands.add(command);
          });
      Map<String, @Nullable Object> whole = new LinkedHashMap<>();
      whole.put("msgId", msgId);
      whole.put("accepted", acceptedMillis);
      whole.put("commands", commands);
      return Values.write(whole);
    }

    static Open read(String json) {
      Map<String, @Nullable Object> whole = Values.map(Values.read(json));
      Open open = new Open(Values.text(whole.get("msgId")), Values.whole(whole.get("accepted"), 0));
      for (Object each : Values.list(whole.get("commands"))) {
        List<@Nullable Object> command = Values.list(each);
        if (command.size() == 4) {
          String commandId = String.valueOf(command.get(0));
          open.tasks.put(commandId, Values.text(command.get(1)));
          String reason = Values.text(command.get(3));
          if (command.get(2) instanceof Boolean confirmed) {
            open.ended.put(commandId, new Outcome(confirmed, reason));
          }
        }
      }
      return open;
    }
  }

  /**
   * Commands of one source.
   *
   * @param patience after which a command of another bridge has ended, or never will
   * @param leads whether this bridge leads now
   * @param out where outcomes go
   */
  OpenCommands(
      Node node,
      String source,
      Duration patience,
      BooleanSupplier leads,
      Consumer<CeleryEvent> out) {
    this.node = node;
    this.source = source;
    this.patienceMillis = patience.toMillis();
    this.leads = leads;
    this.out = out;
  }

  /** Notes commands that begin; they go on whether or not the store takes the note. */
  void begin(@Nullable String msgId, List<CommandReply.Accepted> accepted) {
    Open open = new Open(msgId, node.clock().millis());
    accepted.forEach(each -> open.tasks.put(each.commandId(), each.taskId()));
    String key = keyOf(accepted);
    own.put(key, open);
    var unused = store(key, open.write());
  }

  /** Notes that one ended; what of it the owner was told counts only while this bridge leads. */
  void end(List<CommandReply.Accepted> accepted, String commandId, Outcome outcome) {
    String key = keyOf(accepted);
    Open open = own.get(key);
    if (open == null) {
      return;
    }
    open.ended.put(commandId, outcome);
    if (open.ended.size() < open.tasks.size()) {
      return;
    }
    var unused = store(key, open.write());
    if (leads.getAsBoolean()) {
      open.forgetMillis = node.clock().millis() + ON_THE_WAY_MILLIS;
    } else {
      own.remove(key);
    }
  }

  /** This bridge leads no more: what ended and may not have reached the owner is left to others. */
  void onStandby() {
    own.values().removeIf(open -> open.forgetMillis > 0);
    looksLeft = 0;
  }

  /** This bridge leads now. */
  void onLead(long nowMillis) {
    looksLeft = LOOKS;
    nextLookMillis = nowMillis + patienceMillis;
  }

  /** Ends what other bridges left, when it is time. */
  void tick(long nowMillis) {
    own.entrySet()
        .removeIf(
            entry -> {
              long forgetMillis = entry.getValue().forgetMillis;
              boolean due = forgetMillis > 0 && nowMillis >= forgetMillis;
              if (due) {
                var unused = store(entry.getKey(), null);
              }
              return due;
            });
    if (looksLeft == 0 || looking || nowMillis < nextLookMillis) {
      return;
    }
    looking = true;
    node.store()
        .readValues(source)
        .onComplete(done -> looking = false)
        .onSuccess(
            values -> {
              looksLeft--;
              nextLookMillis = nowMillis + patienceMillis;
              endLeft(values, nowMillis);
            })
        .onFailure(e -> LOG.warn("source {}: open commands not read: {}", source, e.toString()));
  }

  private void endLeft(List<String> values, long nowMillis) {
    for (int i = 0; i + 1 < values.size(); i += 2) {
      String key = values.get(i);
      if (key.startsWith(KEY_PREFIX) && !own.containsKey(key)) {
        Open left = Open.read(values.get(i + 1));
        if (tellLeft(left, nowMillis)) {
          var unused = store(key, null);
        }
      }
    }
  }

  /** Tells how they ended; false when that is not known yet. */
  private boolean tellLeft(Open left, long nowMillis) {
    Set<String> unknown = new HashSet<>(left.tasks.keySet());
    unknown.removeAll(left.ended.keySet());
    if (!unknown.isEmpty() && nowMillis - left.acceptedMillis < patienceMillis) {
      return false;
    }
    left.tasks.forEach(
        (commandId, taskId) -> {
          Outcome outcome = left.ended.getOrDefault(commandId, Outcome.failed(OUTCOME_UNKNOWN));
          out.accept(
              new CeleryEvent.CommandOutcome(
                  new Update.CommandUpdate(
                      commandId,
                      left.msgId,
                      outcome.confirmed() ? CommandStatus.CONFIRMED : CommandStatus.FAILED,
                      outcome.reason(),
                      taskId)));
        });
    return true;
  }

  private static String keyOf(List<CommandReply.Accepted> accepted) {
    return KEY_PREFIX + accepted.get(0).commandId();
  }

  private Future<Void> store(String key, @Nullable String value) {
    return node.store()
        .putValue(source, key, value)
        .recover(
            failure -> {
              LOG.warn("source {}: open command not kept: {}", source, failure.toString());
              return Future.succeededFuture();
            });
  }
}
