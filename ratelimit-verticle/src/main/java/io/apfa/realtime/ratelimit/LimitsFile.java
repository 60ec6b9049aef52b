package io.apfa.realtime.ratelimit;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Watches the limits file by its content, so it does not matter how it changes: an editor's rename,
 * a write in place, a ConfigMap's symlink swap. Reads are asynchronous.
 *
 * <p>Confined to its verticle's context.
 */
final class LimitsFile {
  private static final long POLL_MILLIS = 500;

  private final Vertx vertx;
  private final Path path;
  private final Consumer<String> onText;
  private final Consumer<String> onUnreadable;
  private @Nullable String lastSeen;
  private boolean reading;

  LimitsFile(Vertx vertx, Path path, Consumer<String> onText, Consumer<String> onUnreadable) {
    this.vertx = vertx;
    this.path = path;
    this.onText = onText;
    this.onUnreadable = onUnreadable;
  }

  /** Reads the file now and watches it from now on; completes after the first read. */
  Future<Void> watch() {
    vertx.setPeriodic(POLL_MILLIS, id -> poll());
    return poll();
  }

  private Future<Void> poll() {
    if (reading) {
      return Future.succeededFuture();
    }
    reading = true;
    return vertx
        .fileSystem()
        .readFile(path.toString())
        .map(bytes -> "read " + bytes.toString())
        .otherwise(failure -> "gone " + path + ": cannot be read (expected: a readable file)")
        .map(
            seen -> {
              reading = false;
              if (!Objects.equals(seen, lastSeen)) {
                lastSeen = seen;
                String rest = seen.substring(5);
                (seen.startsWith("read ") ? onText : onUnreadable).accept(rest);
              }
              return null;
            });
  }
}
