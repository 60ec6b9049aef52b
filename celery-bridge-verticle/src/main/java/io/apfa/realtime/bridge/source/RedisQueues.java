package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.KombuMessage;
import io.apfa.realtime.bridge.event.QueuedTask;
import io.apfa.realtime.bridge.event.Serializer;
import io.apfa.realtime.bridge.event.TaskMessage;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.protocol.CeleryEvent;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Kombu's queues on Redis: a list for each priority step, bindings in sets, what was taken in the
 * hash {@code unacked} of the whole database (celery-wire.md section 3). Confined to its verticle's
 * context.
 */
public final class RedisQueues implements QueueClient {
  private static final int MAX_QUEUES = 2000;
  private static final int MAX_TAKEN = 20_000;

  /** So many taken messages are told apart by queue every other second; more are not. */
  private static final int MAX_COUNTED = 1000;

  private static final long MAX_PEEKED_BYTES = 4 << 20;

  private final RedisLink redis;
  private final RedisNames names;
  private final Serializer serializer;

  public RedisQueues(RedisLink redis, RedisNames names, Serializer serializer) {
    this.redis = redis;
    this.names = names;
    this.serializer = serializer;
  }

  @Override
  public Future<Set<String>> discover() {
    Set<String> exchanges = new LinkedHashSet<>();
    return scan("0", exchanges, 0)
        .compose(
            v -> {
              List<Request> reads = new ArrayList<>();
              exchanges.forEach(key -> reads.add(RedisLink.request(Command.SMEMBERS, key)));
              return reads.isEmpty()
                  ? Future.succeededFuture(List.<Response>of())
                  : redis.batch(reads);
            })
        .map(this::queuesOf);
  }

  private Future<Void> scan(String cursor, Set<String> keys, int rounds) {
    String eventBindings = names.bindings(names.eventExchange());
    return redis
        .send(
            Command.SCAN,
            cursor,
            "MATCH",
            RedisNames.escapeGlob(names.bindings("")) + "*",
            "COUNT",
            "1000")
        .compose(
            page -> {
              if (page == null) {
                return Future.succeededFuture();
              }
              for (Response key : page.get(1)) {
                String name = key.toString();
                boolean ofTasks = !name.endsWith("pidbox") && !name.equals(eventBindings);
                if (ofTasks && keys.size() < MAX_QUEUES) {
                  keys.add(name);
                }
              }
              String next = page.get(0).toString();
              // a database of a million keys is not walked every time
              return next.equals("0") || rounds >= 100
                  ? Future.succeededFuture()
                  : scan(next, keys, rounds + 1);
            });
  }

  private Set<String> queuesOf(List<Response> members) {
    String separator = Pattern.quote(names.separator());
    Set<String> queues = new LinkedHashSet<>();
    for (Response set : members) {
      for (Response member : set == null ? List.<Response>of() : set) {
        String[] parts = member.toString().split(separator, -1);
        String queue = parts.length == 3 ? parts[2] : "";
        if (!queue.isEmpty() && !queue.endsWith(".pidbox") && queues.size() < MAX_QUEUES) {
          queues.add(queue);
        }
      }
    }
    return queues;
  }

  @Override
  public Future<List<CeleryEvent.QueueReading>> readDepths(
      Collection<String> queues, long nowMillis) {
    List<String> order = List.copyOf(queues);
    List<Request> reads = new ArrayList<>();
    for (String queue : order) {
      names.queueKeys(queue).forEach(key -> reads.add(RedisLink.request(Command.LLEN, key)));
    }
    if (reads.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return takenByQueue(order)
        .compose(
            taken ->
                redis
                    .batch(reads)
                    .map(
                        lengths -> {
                          List<CeleryEvent.QueueReading> readings = new ArrayList<>();
                          int steps = lengths.size() / order.size();
                          for (int i = 0; i < order.size(); i++) {
                            long depth = 0;
                            for (int step = 0; step < steps; step++) {
                              Response length = lengths.get(i * steps + step);
                              depth += length == null ? 0 : length.toLong();
                            }
                            String queue = order.get(i);
                            long unacked = taken == null ? -1 : taken.getOrDefault(queue, 0L);
                            readings.add(
                                new CeleryEvent.QueueReading(queue, depth, unacked, nowMillis));
                          }
                          return readings;
                        }));
  }

  /** How many messages of each queue are taken; null when there are too many to look at. */
  private Future<@Nullable Map<String, Long>> takenByQueue(List<String> queues) {
    return redis
        .send(Command.HLEN, names.key("unacked"))
        .compose(
            size -> {
              if (size == null || size.toLong() == 0) {
                return Future.succeededFuture(new HashMap<>());
              }
              if (queues.size() == 1) {
                return Future.succeededFuture(Map.of(queues.get(0), size.toLong()));
              }
              if (size.toLong() > MAX_COUNTED) {
                return Future.succeededFuture(null);
              }
              return redis
                  .send(Command.HVALS, names.key("unacked"))
                  .map(
                      values -> {
                        Map<String, Long> counts = new HashMap<>();
                        for (Response value : values == null ? List.<Response>of() : values) {
                          counts.merge(routingKeyOf(value.toBytes()), 1L, Long::sum);
                        }
                        return counts;
                      });
            });
  }

  /**
   * The routing key at the end of {@code [envelope, exchange, routing_key]}, without parsing the
   * envelope; a name that needs escapes is not found.
   */
  static String routingKeyOf(byte[] unacked) {
    int close = unacked.length - 1;
    while (close >= 0 && unacked[close] != '"') {
      close--;
    }
    int open = close - 1;
    while (open >= 0 && unacked[open] != '"') {
      open--;
    }
    return open < 0 ? "" : new String(unacked, open + 1, close - open - 1, StandardCharsets.UTF_8);
  }

  @Override
  public Future<Void> submit(TaskMessage task, String origin) {
    String envelope =
        task.message(origin)
            .envelope(serializer, "", task.queue(), task.priority(), UUID.randomUUID().toString());
    return redis
        .send(Command.LPUSH, names.queueKey(task.queue(), task.priority()), envelope)
        .mapEmpty();
  }

  @Override
  public Future<Long> purge(String queue) {
    List<Request> requests = new ArrayList<>();
    List<String> keys = names.queueKeys(queue);
    requests.add(RedisLink.request(Command.MULTI));
    keys.forEach(key -> requests.add(RedisLink.request(Command.LLEN, key)));
    requests.add(RedisLink.request(Command.DEL, keys.toArray()));
    requests.add(RedisLink.request(Command.EXEC));
    return redis
        .batch(requests)
        .map(
            answers -> {
              Response results = answers.get(answers.size() - 1);
              long count = 0;
              for (int i = 0; i < keys.size(); i++) {
                count += results.get(i).toLong();
              }
              return count;
            });
  }

  @Override
  public Future<List<QueuedTask>> peek(String queue, int limit) {
    return new Peek(queue, limit).next().map(peek -> peek.tasks);
  }

  /**
   * One look into a queue, key by key from the most urgent. Messages may be of any size, so the
   * first is read alone and the next read is as long as its bytes allow. Confined to its verticle's
   * context.
   */
  private final class Peek {
    final List<QueuedTask> tasks = new ArrayList<>();
    private final String queue;
    private final List<String> keys;
    private final int limit;
    private long bytesLeft = MAX_PEEKED_BYTES;
    private int key;
    private int seen;
    private int chunk = 1;

    Peek(String queue, int limit) {
      this.queue = queue;
      this.keys = names.queueKeys(queue);
      this.limit = limit;
    }

    Future<Peek> next() {
      if (key >= keys.size() || tasks.size() >= limit || bytesLeft <= 0) {
        return Future.succeededFuture(this);
      }
      // workers take from the right
      return redis
          .send(Command.LRANGE, keys.get(key), -seen - chunk, -seen - 1)
          .compose(
              page -> {
                int count = page == null ? 0 : page.size();
                long bytes = 0;
                for (int i = count - 1; i >= 0; i--) {
                  byte[] envelope = page.get(i).toBytes();
                  bytes += envelope.length;
                  add(tasks, limit, queue, false, envelope);
                }
                bytesLeft -= bytes;
                seen += count;
                if (count < chunk) {
                  key++;
                  seen = 0;
                }
                long each = count == 0 ? 1024 : Math.max(1, bytes / count);
                chunk = (int) Math.max(1, Math.min(Math.min(limit, 200), bytesLeft / 4 / each));
                return next();
              });
    }
  }

  @Override
  public Future<List<QueuedTask>> taken(int limit) {
    return redis
        .send(Command.HLEN, names.key("unacked"))
        .compose(
            size ->
                size == null || size.toLong() == 0 || size.toLong() > MAX_TAKEN
                    ? Future.<@Nullable Response>succeededFuture()
                    : redis.send(Command.HVALS, names.key("unacked")))
        .map(
            values -> {
              List<QueuedTask> tasks = new ArrayList<>();
              for (Response value : values == null ? List.<Response>of() : values) {
                List<@Nullable Object> triple = Values.list(Values.read(value.toBytes()));
                if (triple.size() == 3) {
                  byte[] envelope = Values.write(triple.get(0)).getBytes(StandardCharsets.UTF_8);
                  add(tasks, limit, String.valueOf(triple.get(2)), true, envelope);
                }
              }
              return tasks;
            });
  }

  @Override
  public boolean isPeekingFree() {
    return true;
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  private static void add(
      List<QueuedTask> tasks, int limit, String queue, boolean isTaken, byte[] envelope) {
    if (tasks.size() >= limit) {
      return;
    }
    try {
      QueuedTask task = QueuedTask.of(queue, isTaken, KombuMessage.read(envelope));
      if (task != null) {
        tasks.add(task);
      }
    } catch (IllegalArgumentException e) {
      // not a task message: a worker that takes it will say so
    }
  }
}
