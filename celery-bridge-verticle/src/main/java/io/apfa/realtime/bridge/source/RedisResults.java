package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.ResultMeta;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Celery's Redis result backend: a key of JSON for each task. Confined to its verticle's context.
 */
public final class RedisResults implements ResultBackend {
  private static final int CHUNK = 500;

  private final RedisLink redis;

  public RedisResults(RedisLink redis) {
    this.redis = redis;
  }

  @Override
  public Future<Map<String, ResultMeta>> read(Collection<String> uuids) {
    return readFrom(List.copyOf(uuids), 0, new LinkedHashMap<>());
  }

  private Future<Map<String, ResultMeta>> readFrom(
      List<String> uuids, int from, Map<String, ResultMeta> found) {
    if (from >= uuids.size()) {
      return Future.succeededFuture(found);
    }
    int to = Math.min(uuids.size(), from + CHUNK);
    List<Object> keys = new ArrayList<>(to - from);
    for (String uuid : uuids.subList(from, to)) {
      keys.add(ResultMeta.PREFIX + uuid);
    }
    return redis
        .send(Command.MGET, keys.toArray())
        .compose(
            values -> {
              for (Response value : values == null ? List.<Response>of() : values) {
                ResultMeta meta = value == null ? null : ResultMeta.read(value.toBytes());
                if (meta != null) {
                  found.put(meta.uuid(), meta);
                }
              }
              return readFrom(uuids, to, found);
            });
  }

  @Override
  public Future<Void> close() {
    return redis.close();
  }
}
