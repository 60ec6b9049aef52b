package io.apfa.realtime.runtime.store;

import io.apfa.realtime.protocol.bus.FeedPosition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state store in a Redis (6 or newer), decided by Lua scripts. A log is a Stream whose entries
 * have their batch's last offset for an id; a table is a hash.
 *
 * <p>Keys, each after the prefix: {@code lease:NAME} (ttl), {@code token:NAME} (30 days after the
 * last renewal), {@code head:SOURCE}, {@code table:SOURCE:EPOCH} (bounded by its owner), {@code
 * log:SOURCE:EPOCH} ({@link LogBound}), {@code command:USER:MSGID} (ttl), {@code audit:SOURCE} and
 * {@code values:SOURCE} (bounded).
 *
 * <p>Failure: connections are pooled and made again as needed. A call that is not answered within
 * the call timeout fails; Redis may still carry it out later, which every script allows for.
 *
 * <p>Thread-safe: it has no state but the pool.
 */
public final class RedisStateStore implements StateStore {
  /** How long a call may take before it fails. */
  public static final Duration CALL_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration TOKEN_TTL = Duration.ofDays(30);
  private static final Duration UNFINISHED_EPOCH_TTL = Duration.ofMinutes(10);
  private static final int POOL_CONNECTIONS = 8;
  private static final int POOL_WAITING = 1024;
  private static final int STUCK_SECONDS = 15;
  private static final int CONNECT_TIMEOUT_MILLIS = 1500;
  private static final int SCAN_COUNT = 2000;
  private static final int WRITE_ENTRIES = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(RedisStateStore.class);
  private static final Pattern MEMORY_POLICY =
      Pattern.compile("\\bmaxmemory:(\\d+).*?\\bmaxmemory_policy:([\\w-]+)", Pattern.DOTALL);

  private static final LuaScript ACQUIRE = LuaScript.load("acquire");
  private static final LuaScript RELEASE = LuaScript.load("release");
  private static final LuaScript APPEND = LuaScript.load("append");
  private static final LuaScript HEAD = LuaScript.load("head");
  private static final LuaScript EPOCH = LuaScript.load("epoch");
  private static final LuaScript READ_LOG = LuaScript.load("readlog");
  private static final LuaScript CLAIM = LuaScript.load("claim");
  private static final LuaScript PUT_VALUE = LuaScript.load("putvalue");

  private final Redis redis;
  private final String prefix;
  private final LogBound bound;
  private final long callTimeoutMillis;

  private RedisStateStore(Redis redis, String prefix, LogBound bound, Duration callTimeout) {
    this.redis = redis;
    this.prefix = prefix;
    this.bound = bound;
    this.callTimeoutMillis = callTimeout.toMillis();
  }

  /** A store with the default bounds; it connects with its first call. */
  public static RedisStateStore open(Vertx vertx, String url, String keyPrefix) {
    return open(vertx, url, keyPrefix, LogBound.DEFAULT, CALL_TIMEOUT);
  }

  /**
   * A store that connects with its first call.
   *
   * @param url {@code redis://} or {@code rediss://}, with user, password and database as usual
   * @param keyPrefix before every key
   */
  public static RedisStateStore open(
      Vertx vertx, String url, String keyPrefix, LogBound bound, Duration callTimeout) {
    NetClientOptions net =
        new NetClientOptions()
            .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
            .setTcpKeepAlive(true)
            .setReadIdleTimeout(STUCK_SECONDS)
            .setIdleTimeoutUnit(TimeUnit.SECONDS);
    if (url.startsWith("rediss:")) {
      net.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
    }
    RedisOptions options =
        new RedisOptions()
            .setConnectionString(url)
            .setNetClientOptions(net)
            .setProtocolNegotiation(false)
            .setMaxPoolSize(POOL_CONNECTIONS)
            .setMaxPoolWaiting(POOL_WAITING)
            .setMaxWaitingHandlers(4 * POOL_WAITING);
    Redis redis = Redis.createClient(vertx, options);
    RedisStateStore store = new RedisStateStore(redis, keyPrefix, bound, callTimeout);
    store
        .evictionRisk()
        .onSuccess(
            risk -> {
              if (!risk.isEmpty()) {
                LOG.warn("state store: {}", risk);
              }
            });
    return store;
  }

  /** Why the server may drop keys of ours by itself; empty when it will not. */
  public Future<String> evictionRisk() {
    return send(Request.cmd(Command.INFO).arg("memory"))
        .map(
            answer -> {
              Matcher found = MEMORY_POLICY.matcher(answer.toString());
              if (!found.find() || found.group(1).equals("0")) {
                return "";
              }
              String policy = found.group(2);
              return policy.equals("noeviction")
                  ? ""
                  : "Redis may evict keys, maxmemory-policy " + policy + " (expected: noeviction)";
            });
  }

  @Override
  public Future<LeaseAnswer> acquireLease(String lease, String holder, Duration ttl) {
    return run(
            ACQUIRE,
            List.of(prefix + "lease:" + lease, prefix + "token:" + lease),
            holder,
            ttl.toMillis(),
            TOKEN_TTL.toMillis())
        .map(
            answer ->
                new LeaseAnswer(
                    answer.get(0).toInteger() == 1,
                    answer.get(1).toLong(),
                    answer.get(2).toString()));
  }

  @Override
  public Future<Void> releaseLease(String lease, long token) {
    return run(RELEASE, List.of(prefix + "lease:" + lease), token).mapEmpty();
  }

  @Override
  public Future<AppendAnswer> append(Append append) {
    List<Object> args = new ArrayList<>();
    FeedPosition feed = append.feed();
    args.addAll(List.of(append.token(), append.epoch(), append.from(), append.offset()));
    args.addAll(List.of(feed.leaseToken(), feed.batchNumber(), feed.lastHash()));
    args.addAll(List.of(bound.age().toMillis(), bound.bytes(), LogBound.BATCH_OVERHEAD_BYTES));
    args.add(append.batches().size());
    for (LoggedBatch batch : append.batches()) {
      args.addAll(List.of(batch.from(), batch.offset(), batch.payload()));
    }
    addEntries(append.entries(), args);
    List<String> keys =
        List.of(
            ownerToken(append.source()),
            prefix + "head:" + append.source(),
            table(append.source()) + append.epoch(),
            log(append.source()) + append.epoch(),
            prefix + "token:bridge:" + append.source());
    return run(APPEND, keys, args.toArray()).map(answer -> AppendAnswer.valueOf(answer.toString()));
  }

  private static void addEntries(List<Entry> entries, List<Object> args) {
    int countAt = args.size();
    List<String> removed = new ArrayList<>();
    args.add(0);
    for (Entry entry : entries) {
      Buffer value = entry.value();
      if (value == null) {
        removed.add(entry.key());
      } else {
        args.add(entry.key());
        args.add(value);
      }
    }
    args.set(countAt, entries.size() - removed.size());
    args.add(removed.size());
    args.addAll(removed);
  }

  @Override
  public Future<@Nullable Head> head(String source) {
    return run(HEAD, List.of(prefix + "head:" + source)).map(RedisStateStore::headOf);
  }

  private static @Nullable Head headOf(Response answer) {
    if (answer.size() == 0) {
      return null;
    }
    FeedPosition feed =
        new FeedPosition(answer.get(3).toLong(), answer.get(4).toLong(), answer.get(5).toString());
    return new Head(
        answer.get(0).toString(),
        answer.get(1).toLong(),
        answer.get(2).toLong(),
        feed,
        answer.get(6).toString().equals("1"));
  }

  @Override
  public Future<AppendAnswer> startEpoch(
      String source, long token, String epoch, List<Entry> entries, FeedPosition feed) {
    String newTable = table(source) + epoch;
    List<String> keys = List.of(ownerToken(source), prefix + "head:" + source, newTable);
    return writeTable(newTable, entries, 0)
        .compose(
            v ->
                run(
                    EPOCH,
                    keys,
                    token,
                    epoch,
                    feed.leaseToken(),
                    feed.batchNumber(),
                    feed.lastHash(),
                    table(source),
                    log(source)))
        .map(answer -> AppendAnswer.valueOf(answer.toString()));
  }

  private Future<Void> writeTable(String key, List<Entry> entries, int start) {
    if (start >= entries.size()) {
      return Future.succeededFuture();
    }
    int end = Math.min(entries.size(), start + WRITE_ENTRIES);
    Request write = Request.cmd(Command.HSET).arg(key);
    for (Entry entry : entries.subList(start, end)) {
      Buffer value = entry.value();
      if (value != null) {
        write.arg(entry.key()).arg(value);
      }
    }
    Request expire = Request.cmd(Command.PEXPIRE).arg(key).arg(UNFINISHED_EPOCH_TTL.toMillis());
    return send(write).compose(v -> send(expire)).compose(v -> writeTable(key, entries, end));
  }

  @Override
  public Future<TablePage> readTable(String source, String epoch, String cursor) {
    Request scan =
        Request.cmd(Command.HSCAN)
            .arg(table(source) + epoch)
            .arg(cursor.isEmpty() ? "0" : cursor)
            .arg("COUNT")
            .arg(SCAN_COUNT);
    return send(scan)
        .map(
            answer -> {
              Response flat = answer.get(1);
              List<Entry> entries = new ArrayList<>(flat.size() / 2);
              for (int i = 0; i + 1 < flat.size(); i += 2) {
                entries.add(new Entry(flat.get(i).toString(), flat.get(i + 1).toBuffer()));
              }
              String next = answer.get(0).toString();
              return new TablePage(entries, next.equals("0") ? "" : next);
            });
  }

  @Override
  public Future<List<Entry>> readEntries(String source, String epoch, List<String> keys) {
    if (keys.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    Request read = Request.cmd(Command.HMGET).arg(table(source) + epoch);
    keys.forEach(read::arg);
    return send(read)
        .map(
            answer -> {
              List<Entry> entries = new ArrayList<>(keys.size());
              for (int i = 0; i < keys.size(); i++) {
                Response value = answer.get(i);
                entries.add(new Entry(keys.get(i), value == null ? null : value.toBuffer()));
              }
              return entries;
            });
  }

  @Override
  public Future<List<String>> readKeys(String source, String epoch) {
    return send(Request.cmd(Command.HKEYS).arg(table(source) + epoch)).map(RedisStateStore::texts);
  }

  @Override
  public Future<LogPage> readLog(String source, String epoch, long fromOffset, int maxBytes) {
    List<String> keys = List.of(prefix + "head:" + source, log(source) + epoch);
    return run(READ_LOG, keys, epoch, fromOffset, maxBytes)
        .map(
            answer -> {
              List<LoggedBatch> batches = new ArrayList<>();
              for (int i = 2; i + 2 < answer.size(); i += 3) {
                batches.add(
                    new LoggedBatch(
                        answer.get(i).toLong(),
                        answer.get(i + 1).toLong(),
                        answer.get(i + 2).toBuffer()));
              }
              boolean available = answer.get(0).toInteger() == 1;
              return new LogPage(available, answer.get(1).toLong(), batches);
            });
  }

  @Override
  public Future<CommandClaim> claimCommand(
      String user, String msgId, String bodyHash, Buffer answer, Duration ttl) {
    String key = prefix + "command:" + user.length() + ":" + user + ":" + msgId;
    return run(CLAIM, List.of(key), bodyHash, answer, ttl.toMillis())
        .map(
            claim ->
                new CommandClaim(
                    claim.get(0).toInteger() == 1,
                    claim.get(1).toInteger() == 1,
                    claim.get(2).toBuffer()));
  }

  @Override
  public Future<Void> appendAudit(String source, String json) {
    String key = prefix + "audit:" + source;
    return send(Request.cmd(Command.LPUSH).arg(key).arg(json))
        .compose(v -> send(Request.cmd(Command.LTRIM).arg(key).arg(0).arg(MAX_AUDIT_LINES - 1)))
        .mapEmpty();
  }

  @Override
  public Future<List<String>> readAudit(String source, int limit) {
    if (limit <= 0) {
      return Future.succeededFuture(List.of());
    }
    return send(Request.cmd(Command.LRANGE).arg(prefix + "audit:" + source).arg(0).arg(limit - 1))
        .map(RedisStateStore::texts);
  }

  @Override
  public Future<Void> putValue(String source, String key, @Nullable String value) {
    String values = prefix + "values:" + source;
    if (value == null) {
      return send(Request.cmd(Command.HDEL).arg(values).arg(key)).mapEmpty();
    }
    return run(PUT_VALUE, List.of(values), key, value, MAX_VALUES)
        .compose(
            kept ->
                kept.toInteger() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new IllegalStateException(MemoryStateStore.tooManyValues(source))));
  }

  @Override
  public Future<List<String>> readValues(String source) {
    return send(Request.cmd(Command.HGETALL).arg(prefix + "values:" + source))
        .map(RedisStateStore::texts);
  }

  @Override
  public Future<Void> ping() {
    return send(Request.cmd(Command.PING)).mapEmpty();
  }

  @Override
  public Future<Void> close() {
    return redis.close();
  }

  private String ownerToken(String source) {
    return prefix + "token:owner:" + source;
  }

  private String table(String source) {
    return prefix + "table:" + source + ":";
  }

  private String log(String source) {
    return prefix + "log:" + source + ":";
  }

  private static List<String> texts(Response answer) {
    List<String> texts = new ArrayList<>(answer.size());
    for (Response each : answer) {
      texts.add(each.toString());
    }
    return texts;
  }

  private Future<Response> run(LuaScript script, List<String> keys, Object... args) {
    return send(call(Command.EVALSHA, script.sha(), keys, args))
        .recover(
            failure ->
                String.valueOf(failure.getMessage()).startsWith("NOSCRIPT")
                    ? send(call(Command.EVAL, script.text(), keys, args))
                    : Future.failedFuture(failure));
  }

  private static Request call(Command command, String script, List<String> keys, Object[] args) {
    Request request = Request.cmd(command).arg(script).arg(keys.size());
    keys.forEach(request::arg);
    for (Object arg : args) {
      if (arg instanceof Buffer bytes) {
        request.arg(bytes);
      } else {
        request.arg(arg.toString());
      }
    }
    return request;
  }

  private Future<Response> send(Request request) {
    try {
      return redis.send(request).timeout(callTimeoutMillis, TimeUnit.MILLISECONDS);
    } catch (IllegalStateException closed) { // which the client throws instead of failing
      return Future.failedFuture(closed);
    }
  }
}
