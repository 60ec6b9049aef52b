package io.apfa.realtime.runtime.store;

import io.apfa.realtime.protocol.bus.FeedPosition;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where decisions are made once and state survives: leases with fencing tokens, each source's room
 * log and table, commands already done, audit. Every call that changes something is decided
 * atomically by the store. Futures fail with any exception when the store cannot be reached; the
 * caller then does not know whether the call took effect, and may repeat it unchanged.
 *
 * <p>Thread-safe in every implementation; futures complete on the caller's context.
 */
public interface StateStore {
  /**
   * Acquires a lease, or renews it for its holder.
   *
   * @param lease its name, such as {@code owner:celery}
   * @param holder who wants it; the same holder renews and keeps its token
   * @param ttl how long it lasts unless renewed
   */
  Future<LeaseAnswer> acquireLease(String lease, String holder, Duration ttl);

  /**
   * Whether the lease is held.
   *
   * @param held by the asking holder
   * @param token the current holder's fencing token: max(last + 1, the store's time in ms), so it
   *     never goes back
   * @param holder who has it now
   */
  record LeaseAnswer(boolean held, long token, String holder) {}

  /** Gives a lease up, if {@code token} is still its token. */
  Future<Void> releaseLease(String lease, long token);

  /**
   * Appends batches to a source's log and writes what changed with them, all or nothing. The token
   * is that of the lease {@code owner:SOURCE}; a feed position that advances must be of the last
   * grant of the lease {@code bridge:SOURCE}, if there was one, so a bridge that has the lease
   * reads a position that no longer moves without it. Repeated unchanged it takes effect once;
   * without batches it is done when its feed position is stored.
   */
  Future<AppendAnswer> append(Append append);

  /**
   * What to append.
   *
   * @param token the owner's fencing token
   * @param from the first batch's first offset: the log's last + 1
   * @param offset the last batch's last offset; {@code from - 1} when only entries and feed change
   * @param batches dense and in order, in the log's form; empty when there are none
   * @param entries table entries that changed
   * @param feed the bridge's position after the events in it
   */
  record Append(
      String source,
      long token,
      String epoch,
      long from,
      long offset,
      List<LoggedBatch> batches,
      List<Entry> entries,
      FeedPosition feed) {
    public Append {
      batches = List.copyOf(batches);
      entries = List.copyOf(entries);
      long next = from;
      for (LoggedBatch batch : batches) {
        if (batch.from() != next || batch.offset() < next) {
          throw new IllegalArgumentException(
              "append: batch "
                  + batch.from()
                  + " to "
                  + batch.offset()
                  + " (expected: from "
                  + next
                  + ")");
        }
        next = batch.offset() + 1;
      }
      if (next != offset + 1) {
        throw new IllegalArgumentException(
            "append: batches end at " + (next - 1) + " (expected: " + offset + ")");
      }
    }

    /** One batch, or none when {@code offset} is {@code from - 1}. */
    public Append(
        String source,
        long token,
        String epoch,
        long from,
        long offset,
        Buffer payload,
        List<Entry> entries,
        FeedPosition feed) {
      this(
          source,
          token,
          epoch,
          from,
          offset,
          offset < from ? List.of() : List.of(new LoggedBatch(from, offset, payload)),
          entries,
          feed);
    }
  }

  /**
   * One entry of a source's table: {@code t/UUID}, {@code g/GROUP}, {@code c/COMMAND}….
   *
   * @param value null removes it
   */
  record Entry(String key, @Nullable Buffer value) {}

  /** What became of an append. */
  enum AppendAnswer {
    APPENDED,
    /** This very append was done before, under the same token. */
    ALREADY_DONE,
    /** Another owner has a newer token: step down. */
    FENCED,
    /** The log is not where the owner thinks, or the store was restarted: a new epoch. */
    LOG_MOVED,
    /** A newer bridge has the lease, or its position is stored: nothing was appended. */
    FEED_FENCED
  }

  /** A source's head: where its log ends. Null when the store has none. */
  Future<@Nullable Head> head(String source);

  /**
   * The end of a source's log.
   *
   * @param token of the owner who wrote it
   * @param feed the bridge's position
   * @param storeRestarted whether another run of the store wrote it, so the log may have gone back:
   *     the table may be loaded, but it goes on in a new epoch
   */
  record Head(String epoch, long offset, long token, FeedPosition feed, boolean storeRestarted) {
    public Head(String epoch, long offset, long token, FeedPosition feed) {
      this(epoch, offset, token, feed, false);
    }
  }

  /**
   * Starts a new epoch at offset 0 with {@code entries} as its whole table; the head is written
   * last, so a half-written epoch is never loaded. The epoch before is dropped with its log.
   *
   * @return APPENDED, ALREADY_DONE or FENCED
   */
  Future<AppendAnswer> startEpoch(
      String source, long token, String epoch, List<Entry> entries, FeedPosition feed);

  /** Reads a source's whole table, some entries at a time, in no order. */
  Future<TablePage> readTable(String source, String epoch, String cursor);

  /** Some of a table; {@code next} is empty on the last page. */
  record TablePage(List<Entry> entries, String next) {
    public TablePage {
      entries = List.copyOf(entries);
    }
  }

  /** Reads some entries of a source's table; one that it has not has no value. */
  Future<List<Entry>> readEntries(String source, String epoch, List<String> keys);

  /** The keys of a source's whole table, in no order; none when it has another epoch. */
  Future<List<String>> readKeys(String source, String epoch);

  /**
   * Reads logged batches that cover offsets from {@code fromOffset} on, at most about {@code
   * maxBytes}, at least one batch if there is one.
   */
  Future<LogPage> readLog(String source, String epoch, long fromOffset, int maxBytes);

  /**
   * Some of a log.
   *
   * @param available whether the log still has {@code fromOffset} (or ends right before it) in that
   *     epoch; if not, there are no batches
   * @param head the log's last offset
   */
  record LogPage(boolean available, long head, List<LoggedBatch> batches) {
    public LogPage {
      batches = List.copyOf(batches);
    }
  }

  /** One batch in the log's form. */
  record LoggedBatch(long from, long offset, Buffer payload) {}

  /**
   * Claims a command for the first who asks with {@code user} and {@code msgId}.
   *
   * @param bodyHash of the command's body
   * @param answer what to answer, now and each time it is asked again
   * @param ttl how long it is remembered
   */
  Future<CommandClaim> claimCommand(
      String user, String msgId, String bodyHash, Buffer answer, Duration ttl);

  /**
   * Whether a command is the first of its msgId.
   *
   * @param first whether to carry it out
   * @param sameBody whether the body is the first one's
   * @param answer the first one's answer
   */
  record CommandClaim(boolean first, boolean sameBody, Buffer answer) {}

  /** Appends a line to the audit of {@code source}: JSON text, newest kept up to a bound. */
  Future<Void> appendAudit(String source, String json);

  /** The newest lines of the audit, newest first. */
  Future<List<String>> readAudit(String source, int limit);

  /**
   * Keeps a small named value, such as a paused queue; null removes it. Fails when a new one would
   * be over {@value #MAX_VALUES}.
   */
  Future<Void> putValue(String source, String key, @Nullable String value);

  /** Most small named values of one source. */
  int MAX_VALUES = 10_000;

  /** Most lines of audit kept of one source. */
  int MAX_AUDIT_LINES = 10_000;

  /** Every small named value of {@code source}, as alternating keys and values. */
  Future<List<String>> readValues(String source);

  /** Whether the store answers. */
  Future<Void> ping();

  /** Ends the connections. */
  Future<Void> close();
}
