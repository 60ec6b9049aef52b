package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds lost events by counting: a worker's heartbeat says how many tasks it has started, and each
 * start is an event. Workers buffer task events and not heartbeats, so an account is settled at the
 * next heartbeat: what the one before claimed must have come by then. Starts that are newer than
 * the claim, by the worker's own clock, do not pay for it.
 *
 * <p>A break in hearing does not end an account: what a worker sent meanwhile is missed, and named,
 * at its second heartbeat after it.
 *
 * <p>A worker whose task events are off (no {@code -E}) is not accused: only one that sent a start
 * before is. An account is kept for each (hostname, pid) and begins at its first heartbeat.
 * Bounded: the account used longest ago leaves first. Confined to its verticle's context.
 */
public final class LossLedger {
  private static final int MAX_ACCOUNTS = 10_000;

  /** So many heartbeats with new tasks and no event of any mean that task events are off. */
  private static final int SILENT_BEATS = 3;

  /** A start and a heartbeat that are counted and sent in either order. */
  private static final long SAME_MOMENT_MILLIS = 10;

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

    /** When the heartbeat was sent that claimed, on the worker's wall clock. */
    long claimedStamp;

    /** Starts heard that the claim counts, and those that came after it. */
    long started;

    long newer;
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
        if (event.timestampMillis() > account.claimedStamp + SAME_MOMENT_MILLIS) {
          account.newer++;
        } else {
          account.started++;
        }
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
      account.settledMillis = Math.min(now, event.timestampMillis());
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
      // a heartbeat that was held up on its way spoke of the time when it was sent
      account.settledMillis = Math.min(account.claimedMillis, account.claimedStamp);
    }
    if (account.claimed < 0) {
      // what it started before is not ours to miss
      account.started = event.processed();
      account.newer = 0;
    }
    // what came before a heartbeat was sent before it
    // and none that were counted twice, as what a bridge reads again, may pay for lost ones
    account.started = Math.min(account.started + account.newer, event.processed());
    account.newer = 0;
    account.claimed = event.processed();
    account.claimedMillis = now;
    account.claimedStamp = event.timestampMillis() < 0 ? now : event.timestampMillis();
    return shortfall;
  }

  /** A worker that starts tasks and sends no event of it sends none: nothing of it is lost. */
  private static void noteSilence(Account account) {
    long heard = account.started + account.newer;
    if (heard == account.startedAtLast && account.claimed > heard) {
      account.beatsWithout++;
      if (account.beatsWithout >= SILENT_BEATS) {
        account.sendsEvents = false;
      }
    }
    account.startedAtLast = heard;
  }

  /** Notes that a start of a task is known to be lost: it is not to be missed twice. */
  public void onLostStart(String hostname, long pid) {
    Account account = accounts.get(new Sender(hostname, pid));
    if (account != null) {
      account.newer++;
    }
  }

  /** Begins every account anew: nobody counted. */
  public void reset() {
    accounts.clear();
  }
}
