package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds lost events by counting: a worker's heartbeat says how many tasks it has started, and each
 * start is an event. Workers buffer task events and not heartbeats, so an account is settled at the
 * next heartbeat: what the one before claimed must have come by then.
 *
 * <p>A worker whose task events are off (no {@code -E}) is not accused: only one that sent a start
 * before is. An account is kept for each (hostname, pid) and begins at its first heartbeat.
 * Bounded: the account used longest ago leaves first. Confined to its verticle's context.
 */
public final class LossLedger {
  private static final int MAX_ACCOUNTS = 10_000;

  /** So many heartbeats with new tasks and no event of any mean that task events are off. */
  private static final int SILENT_BEATS = 3;

  private final Map<Sender, Account> accounts =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Sender, Account> eldest) {
          return size() > MAX_ACCOUNTS;
        }
      };

  private record Sender(String hostname, long pid) {}

  /** What one worker process claimed and what came of it. Confined to its ledger. */
  private static final class Account {
    long claimed = -1;
    long claimedMillis;
    long settledMillis;
    long started;
    long startedAtLast;
    int beatsWithout;
    boolean sendsEvents;
  }

  /** Starts of tasks that never came. */
  public record Shortfall(String hostname, long count, long sinceMillis, long untilMillis) {}

  /** Notes a task's event. */
  public void onTask(CeleryEvent.TaskEvent event) {
    if (event.type().equals("task-started") && event.pid() >= 0) {
      Account account = accounts.get(new Sender(event.hostname(), event.pid()));
      if (account != null) {
        account.started++;
        account.sendsEvents = true;
        account.beatsWithout = 0;
      }
    }
  }

  /**
   * Notes a worker's event and settles its account.
   *
   * @return what is missing; null when nothing is, or nobody can say
   */
  public @Nullable Shortfall onWorker(CeleryEvent.WorkerEvent event) {
    Sender sender = new Sender(event.hostname(), event.pid());
    if (event.pid() < 0 || event.type().equals("worker-offline")) {
      accounts.remove(sender);
      return null;
    }
    if (event.processed() < 0) {
      return null;
    }
    Account account = accounts.computeIfAbsent(sender, s -> new Account());
    long now = event.receivedMillis();
    Shortfall shortfall = null;
    if (account.claimed < 0) {
      account.settledMillis = now;
    } else {
      long missing = account.claimed - account.started;
      noteSilence(account);
      if (missing > 0 && !account.sendsEvents) {
        account.started += missing;
      } else if (missing > 0) {
        shortfall =
            new Shortfall(event.hostname(), missing, account.settledMillis, account.claimedMillis);
        account.started += missing;
      }
      account.settledMillis = account.claimedMillis;
    }
    if (account.claimed < 0) {
      // what it started before is not ours to miss
      account.started = event.processed();
    }
    account.claimed = event.processed();
    account.claimedMillis = now;
    return shortfall;
  }

  /** A worker that starts tasks and sends no event of it sends none: nothing of it is lost. */
  private static void noteSilence(Account account) {
    if (account.started == account.startedAtLast && account.claimed > account.started) {
      account.beatsWithout++;
      if (account.beatsWithout >= SILENT_BEATS) {
        account.sendsEvents = false;
      }
    }
    account.startedAtLast = account.started;
  }

  /** Begins every account anew: what was missed is known already. */
  public void reset() {
    accounts.clear();
  }
}
