package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.ResultMeta;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Map;

/**
 * Celery's result backend, read only. Confined to its verticle's context; futures fail when it
 * cannot be reached.
 */
public interface ResultBackend {
  /** What it keeps of each of {@code uuids}; those it knows nothing of are left out. */
  Future<Map<String, ResultMeta>> read(Collection<String> uuids);

  /** Ends its connections. */
  Future<Void> close();

  /** For sources whose result backend we cannot read: it knows nothing. */
  ResultBackend NONE =
      new ResultBackend() {
        @Override
        public Future<Map<String, ResultMeta>> read(Collection<String> uuids) {
          return Future.succeededFuture(Map.of());
        }

        @Override
        public Future<Void> close() {
          return Future.succeededFuture();
        }
      };
}
