package io.apfa.realtime.runtime.store;

import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Clock;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The state store of one JVM that needs no Redis: the same decisions, gone with the process.
 *
 * <p>Thread-safe: every call holds the object's monitor and is answered at once.
 */
public final class MemoryStateStore implements StateStore {
  private static final int MAX_CLAIMS = 100_000;

  private final Clock clock;
  private final LogBound bound;
  private final Map<String, Lease> leases = new HashMap<>();
  private final Map<String, SourceState> sources = new HashMap<>();
  private final Map<String, Deque<String>> audits = new HashMap<>();
  private final Map<String, Map<String, String>> values = new HashMap<>();
  private final LinkedHashMap<String, Claim> claims = new LinkedHashMap<>();

  private record Lease(String holder, long token, long untilMillis) {}

  private record Claim(String bodyHash, Buffer answer, long untilMillis) {}

  private record Logged(LoggedBatch batch, long appendedMillis) {}

  /** One source's epoch. */
  private static final class SourceState {
    final String epoch;
    final Map<String, Buffer> table = new HashMap<>();
    final TreeMap<Long, Logged> log = new TreeMap<>();
    long logBytes;
    long offset;
    long token;
    FeedPosition feed;

    SourceState(String epoch, long token, FeedPosition feed) {
      this.epoch = epoch;
      this.token = token;
      this.feed = feed;
    }
  }

  /** A store with the default log bound. */
  public MemoryStateStore(Clock clock) {
    this(clock, LogBound.DEFAULT);
  }

  public MemoryStateStore(Clock clock, LogBound bound) {
    this.clock = clock;
    this.bound = bound;
  }

  @Override
  public synchronized Future<LeaseAnswer> acquireLease(String name, String holder, Duration ttl) {
    long now = clock.millis();
    Lease known = leases.get(name);
    boolean live = known != null && known.untilMillis() > now;
    if (known != null && live && !known.holder().equals(holder)) {
      return Future.succeededFuture(new LeaseAnswer(false, known.token(), known.holder()));
    }
    long last = known == null ? 0 : known.token();
    long token = live ? last : Math.max(last + 1, now);
    leases.put(name, new Lease(holder, token, now + ttl.toMillis()));
    return Future.succeededFuture(new LeaseAnswer(true, token, holder));
  }

  @Override
  public synchronized Future<Void> releaseLease(String name, long token) {
    Lease known = leases.get(name);
    if (known != null && known.token() == token) {
      leases.put(name, new Lease("", token, Long.MIN_VALUE));
    }
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<AppendAnswer> append(Append append) {
    return Future.succeededFuture(decideAppend(append));
  }

  private AppendAnswer decideAppend(Append append) {
    long current = tokenOf("owner:" + append.source());
    if (current != append.token()) {
      return AppendAnswer.FENCED;
    }
    SourceState state = sources.get(append.source());
    if (state == null || !state.epoch.equals(append.epoch())) {
      return AppendAnswer.LOG_MOVED;
    }
    if (append.batches().isEmpty()) {
      if (state.feed.covers(append.feed())) {
        return AppendAnswer.ALREADY_DONE;
      }
    } else if (state.offset == append.offset() && state.token == append.token()) {
      return AppendAnswer.ALREADY_DONE;
    }
    if (state.offset != append.from() - 1) {
      return AppendAnswer.LOG_MOVED;
    }
    boolean advances = !state.feed.equals(append.feed());
    boolean superseded = append.feed().leaseToken() < tokenOf("bridge:" + append.source());
    if (advances && (superseded || state.feed.covers(append.feed()))) {
      return AppendAnswer.FEED_FENCED;
    }
    long now = clock.millis();
    for (LoggedBatch batch : append.batches()) {
      state.log.put(batch.offset(), new Logged(batch, now));
      state.logBytes += bytesOf(batch);
    }
    putAll(state.table, append.entries());
    state.offset = append.offset();
    state.token = append.token();
    state.feed = append.feed();
    trim(state, now);
    return AppendAnswer.APPENDED;
  }

  @Override
  public synchronized Future<@Nullable Head> head(String source) {
    SourceState state = sources.get(source);
    return state == null
        ? Future.succeededFuture()
        : Future.succeededFuture(new Head(state.epoch, state.offset, state.token, state.feed));
  }

  @Override
  public synchronized Future<AppendAnswer> startEpoch(
      String source, long token, String epoch, List<Entry> entries, FeedPosition feed) {
    if (tokenOf("owner:" + source) != token) {
      return Future.succeededFuture(AppendAnswer.FENCED);
    }
    SourceState known = sources.get(source);
    if (known != null && known.epoch.equals(epoch)) {
      return Future.succeededFuture(AppendAnswer.ALREADY_DONE);
    }
    SourceState state = new SourceState(epoch, token, feed);
    putAll(state.table, entries);
    sources.put(source, state);
    return Future.succeededFuture(AppendAnswer.APPENDED);
  }

  @Override
  public synchronized Future<TablePage> readTable(String source, String epoch, String cursor) {
    SourceState state = sources.get(source);
    List<Entry> entries = new ArrayList<>();
    if (state != null && state.epoch.equals(epoch)) {
      state.table.forEach((key, value) -> entries.add(new Entry(key, value)));
    }
    return Future.succeededFuture(new TablePage(entries, ""));
  }

  @Override
  public synchronized Future<List<Entry>> readEntries(
      String source, String epoch, List<String> keys) {
    SourceState state = sources.get(source);
    Map<String, Buffer> table = state != null && state.epoch.equals(epoch) ? state.table : Map.of();
    List<Entry> entries = new ArrayList<>();
    keys.forEach(key -> entries.add(new Entry(key, table.get(key))));
    return Future.succeededFuture(entries);
  }

  @Override
  public synchronized Future<List<String>> readKeys(String source, String epoch) {
    SourceState state = sources.get(source);
    return Future.succeededFuture(
        state != null && state.epoch.equals(epoch) ? List.copyOf(state.table.keySet()) : List.of());
  }

  @Override
  public synchronized Future<LogPage> readLog(
      String source, String epoch, long fromOffset, int maxBytes) {
    SourceState state = sources.get(source);
    if (state == null || !state.epoch.equals(epoch)) {
      return Future.succeededFuture(new LogPage(false, 0, List.of()));
    }
    if (fromOffset == state.offset + 1) {
      return Future.succeededFuture(new LogPage(true, state.offset, List.of()));
    }
    List<LoggedBatch> batches = new ArrayList<>();
    long bytes = 0;
    for (Logged logged : state.log.tailMap(fromOffset, true).values()) {
      LoggedBatch batch = logged.batch();
      if (batches.isEmpty() && batch.from() > fromOffset) {
        break;
      }
      bytes += batch.payload().length();
      if (!batches.isEmpty() && bytes > maxBytes) {
        break;
      }
      batches.add(batch);
    }
    return Future.succeededFuture(new LogPage(!batches.isEmpty(), state.offset, batches));
  }

  @Override
  public synchronized Future<CommandClaim> claimCommand(
      String user, String msgId, String bodyHash, Buffer answer, Duration ttl) {
    long now = clock.millis();
    String key = user.length() + ":" + user + msgId;
    Claim known = claims.get(key);
    if (known != null && known.untilMillis() > now) {
      boolean same = known.bodyHash().equals(bodyHash);
      return Future.succeededFuture(new CommandClaim(false, same, known.answer()));
    }
    claims.remove(key);
    claims.put(key, new Claim(bodyHash, answer, now + ttl.toMillis()));
    dropOldClaims(now);
    return Future.succeededFuture(new CommandClaim(true, true, answer));
  }

  @Override
  public synchronized Future<Void> appendAudit(String source, String json) {
    Deque<String> lines = audits.computeIfAbsent(source, s -> new ArrayDeque<>());
    lines.addFirst(json);
    if (lines.size() > MAX_AUDIT_LINES) {
      lines.removeLast();
    }
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<List<String>> readAudit(String source, int limit) {
    Deque<String> lines = audits.getOrDefault(source, new ArrayDeque<>());
    return Future.succeededFuture(lines.stream().limit(limit).toList());
  }

  @Override
  public synchronized Future<Void> putValue(String source, String key, @Nullable String value) {
    Map<String, String> known = values.computeIfAbsent(source, s -> new TreeMap<>());
    if (value == null) {
      known.remove(key);
    } else if (known.size() >= MAX_VALUES && !known.containsKey(key)) {
      return Future.failedFuture(new IllegalStateException(tooManyValues(source)));
    } else {
      known.put(key, value);
    }
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<List<String>> readValues(String source) {
    List<String> flat = new ArrayList<>();
    values
        .getOrDefault(source, Map.of())
        .forEach(
            (key, value) -> {
              flat.add(key);
              flat.add(value);
            });
    return Future.succeededFuture(flat);
  }

  @Override
  public Future<Void> ping() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  static String tooManyValues(String source) {
    return "values of " + source + ": one more (expected: at most " + MAX_VALUES + ")";
  }

  private long tokenOf(String name) {
    Lease lease = leases.get(name);
    return lease == null ? 0 : lease.token();
  }

  private void trim(SourceState state, long now) {
    while (state.log.size() > 1) {
      Logged oldest = state.log.firstEntry().getValue();
      boolean old = oldest.appendedMillis() < now - bound.age().toMillis();
      if (!old && state.logBytes <= bound.bytes()) {
        return;
      }
      state.log.pollFirstEntry();
      state.logBytes -= bytesOf(oldest.batch());
    }
  }

  private void dropOldClaims(long now) {
    var eldest = claims.entrySet().iterator();
    while (eldest.hasNext()) {
      Claim claim = eldest.next().getValue();
      if (claim.untilMillis() > now && claims.size() <= MAX_CLAIMS) {
        return;
      }
      eldest.remove();
    }
  }

  private static long bytesOf(LoggedBatch batch) {
    return (long) batch.payload().length() + LogBound.BATCH_OVERHEAD_BYTES;
  }

  private static void putAll(Map<String, Buffer> table, List<Entry> entries) {
    for (Entry entry : entries) {
      Buffer value = entry.value();
      if (value == null) {
        table.remove(entry.key());
      } else {
        table.put(entry.key(), value);
      }
    }
  }
}
