package io.apfa.realtime.broadcaster;

import io.apfa.realtime.broadcaster.room.RoomBounds;
import io.apfa.realtime.broadcaster.room.RoomBuilder;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.runtime.store.StateStore.Head;
import io.apfa.realtime.runtime.store.StateStore.LogPage;
import io.apfa.realtime.runtime.store.StateStore.TablePage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A source's table as a node that stands by for its owner keeps it, so that a takeover reads what
 * changed since and not the whole table. The log tells which entries changed, the table what they
 * are now; an entry is a value and no difference, so reading one that is newer than the log's does
 * no harm. What leaves the table is not in the log: {@link #complete} compares the keys.
 *
 * <p>Bound: a quarter more tasks than the table's own bound; then the keys are compared too.
 *
 * <p>Failure: whatever fails drops the copy, and the next call reads the whole table. A copy of
 * another epoch, from before a restart of the store, or older than the log is dropped as well.
 *
 * <p>Confined to its verticle's context; decoding happens on worker threads, one page at a time.
 */
final class StandbyCopy {
  private static final int LOG_PAGE_BYTES = 1024 * 1024;
  private static final int ENTRIES_AT_ONCE = 1000;

  private final Vertx vertx;
  private final StateStore store;
  private final String source;
  private final RoomBounds bounds;
  private @Nullable RoomBuilder builder;
  private String epoch = "";
  private long offset;
  private volatile int taskCount;
  private Future<Void> following = Future.succeededFuture();

  StandbyCopy(Vertx vertx, StateStore store, String source, RoomBounds bounds) {
    this.vertx = vertx;
    this.store = store;
    this.source = source;
    this.bounds = bounds;
  }

  /** Tasks in the copy; 0 when there is none. May be asked from any thread. */
  int taskCount() {
    return taskCount;
  }

  /** Brings the copy up to about now; does nothing while an earlier call is under way. */
  Future<Void> follow() {
    if (!following.isComplete()) {
      return Future.succeededFuture();
    }
    following =
        store
            .head(source)
            .compose(
                head -> {
                  if (head == null || head.storeRestarted()) {
                    drop();
                    return Future.succeededFuture();
                  }
                  return refresh(head);
                })
            .onFailure(failure -> drop());
    return following;
  }

  private Future<Void> refresh(Head head) {
    boolean first = !goesOn(head);
    return upTo(head)
        .compose(
            copy -> {
              if (first) {
                return rehearse(copy, head);
              }
              return copy.isOverBound() ? compareKeys(copy) : Future.succeededFuture();
            })
        .onSuccess(v -> noteSize());
  }

  private void noteSize() {
    taskCount = builder == null ? 0 : builder.taskCount();
  }

  /** Builds a room and forgets it: what a takeover runs is then compiled. */
  private Future<Void> rehearse(RoomBuilder copy, Head head) {
    return vertx
        .executeBlocking(() -> copy.build(head.epoch(), head.offset(), head.feed(), 0))
        .mapEmpty();
  }

  /**
   * The table as of {@code head}, while nobody can append: for the new owner, who takes the copy
   * with it.
   */
  Future<RoomBuilder> complete(Head head) {
    return following
        .otherwiseEmpty()
        .compose(
            v -> {
              boolean known = goesOn(head);
              return upTo(head)
                  .compose(
                      copy -> known ? compareKeys(copy).map(copy) : Future.succeededFuture(copy));
            })
        .onComplete(done -> drop());
  }

  private void drop() {
    builder = null;
    taskCount = 0;
  }

  private boolean goesOn(Head head) {
    return builder != null
        && !head.storeRestarted()
        && epoch.equals(head.epoch())
        && offset <= head.offset();
  }

  private Future<RoomBuilder> upTo(Head head) {
    RoomBuilder copy = builder;
    if (copy == null || !goesOn(head)) {
      return readAll(head);
    }
    Set<String> changed = new LinkedHashSet<>();
    return readLog(changed, head)
        .compose(
            whole ->
                whole ? readEntries(copy, new ArrayList<>(changed), 0).map(copy) : readAll(head));
  }

  /** Collects the keys that changed up to {@code head}; false when the log is too short. */
  private Future<Boolean> readLog(Set<String> changed, Head head) {
    if (offset >= head.offset()) {
      return Future.succeededFuture(true);
    }
    return store
        .readLog(source, epoch, offset + 1, LOG_PAGE_BYTES)
        .compose(
            page -> {
              if (!page.available() || page.batches().isEmpty()) {
                return Future.succeededFuture(false);
              }
              return vertx
                  .executeBlocking(() -> collect(page, changed))
                  .compose(
                      end -> {
                        offset = end;
                        return readLog(changed, head);
                      });
            });
  }

  private static long collect(LogPage page, Set<String> changed) {
    long end = 0;
    for (StateStore.LoggedBatch batch : page.batches()) {
      RoomBuilder.addChangedKeys(LogCodec.decode(batch.payload()), changed);
      end = batch.offset();
    }
    return end;
  }

  private Future<Void> readEntries(RoomBuilder copy, List<String> keys, int start) {
    if (start >= keys.size()) {
      return Future.succeededFuture();
    }
    int end = Math.min(keys.size(), start + ENTRIES_AT_ONCE);
    return store
        .readEntries(source, epoch, keys.subList(start, end))
        .compose(
            entries ->
                vertx.executeBlocking(
                    () -> {
                      entries.forEach(copy::add);
                      return null;
                    }))
        .compose(v -> readEntries(copy, keys, end));
  }

  /** Lets go of what left the table, and reads again what the log does not tell. */
  private Future<Void> compareKeys(RoomBuilder copy) {
    return store
        .readKeys(source, epoch)
        .compose(keys -> vertx.executeBlocking(() -> copy.retain(keys)))
        .compose(toRead -> readEntries(copy, toRead, 0));
  }

  private Future<RoomBuilder> readAll(Head head) {
    RoomBuilder fresh = new RoomBuilder(bounds);
    return readTable(fresh, head.epoch(), "")
        .map(
            v -> {
              builder = fresh;
              epoch = head.epoch();
              offset = head.offset();
              return fresh;
            });
  }

  private Future<Void> readTable(RoomBuilder fresh, String ofEpoch, String cursor) {
    return store
        .readTable(source, ofEpoch, cursor)
        .compose(
            page -> {
              Future<Void> decoded = decode(fresh, page);
              Future<Void> rest =
                  page.next().isEmpty() ? decoded : readTable(fresh, ofEpoch, page.next());
              return Future.join(decoded, rest).mapEmpty();
            });
  }

  /** Decodes a page while the next one is read; pages are decoded one after the other. */
  private Future<Void> decode(RoomBuilder fresh, TablePage page) {
    return vertx.executeBlocking(
        () -> {
          page.entries().forEach(fresh::add);
          return null;
        });
  }
}
