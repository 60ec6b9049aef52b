package io.apfa.realtime.gateway;

import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.StateStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a state store that a gateway uses: a log to read and an audit. It can be trimmed and
 * be out of reach. Thread-safe: its methods are synchronized.
 */
final class TestStore implements StateStore {
  private final List<LoggedBatch> log = new ArrayList<>();
  private String epoch = "";
  private boolean reachable = true;
  private int reads;

  synchronized void append(String ofEpoch, long from, long offset, Buffer payload) {
    epoch = ofEpoch;
    log.add(new LoggedBatch(from, offset, payload));
  }

  synchronized void clear() {
    log.clear();
  }

  synchronized void trimBefore(long offset) {
    log.removeIf(batch -> batch.offset() < offset);
  }

  synchronized void setReachable(boolean value) {
    reachable = value;
  }

  synchronized int reads() {
    return reads;
  }

  @Override
  public synchronized Future<LogPage> readLog(
      String source, String ofEpoch, long fromOffset, int maxBytes) {
    reads++;
    if (!reachable) {
      return Future.failedFuture("store: out of reach");
    }
    long head = log.isEmpty() ? 0 : log.get(log.size() - 1).offset();
    long first = log.isEmpty() ? head + 1 : log.get(0).from();
    if (!epoch.equals(ofEpoch) || fromOffset < first) {
      return Future.succeededFuture(new LogPage(false, head, List.of()));
    }
    List<LoggedBatch> page = new ArrayList<>();
    int bytes = 0;
    for (LoggedBatch batch : log) {
      if (batch.offset() >= fromOffset && (bytes < maxBytes || page.isEmpty())) {
        page.add(batch);
        bytes += batch.payload().length();
      }
    }
    return Future.succeededFuture(new LogPage(true, head, page));
  }

  @Override
  public Future<List<String>> readAudit(String source, int limit) {
    return Future.succeededFuture(List.of("{\"what\":\"revoke\"}"));
  }

  @Override
  public Future<LeaseAnswer> acquireLease(String lease, String holder, Duration ttl) {
    return unused();
  }

  @Override
  public Future<Void> releaseLease(String lease, long token) {
    return unused();
  }

  @Override
  public Future<AppendAnswer> append(Append append) {
    return unused();
  }

  @Override
  public Future<Head> head(String source) {
    return unused();
  }

  @Override
  public Future<AppendAnswer> startEpoch(
      String source, long token, String newEpoch, List<Entry> entries, FeedPosition feed) {
    return unused();
  }

  @Override
  public Future<List<Entry>> readEntries(String source, String ofEpoch, List<String> keys) {
    return unused();
  }

  @Override
  public Future<List<String>> readKeys(String source, String ofEpoch) {
    return unused();
  }

  @Override
  public Future<TablePage> readTable(String source, String ofEpoch, String cursor) {
    return unused();
  }

  @Override
  public Future<CommandClaim> claimCommand(
      String user, String msgId, String bodyHash, Buffer answer, Duration ttl) {
    return unused();
  }

  @Override
  public Future<Void> appendAudit(String source, String json) {
    return unused();
  }

  @Override
  public Future<Void> putValue(String source, String key, String value) {
    return unused();
  }

  @Override
  public Future<List<String>> readValues(String source) {
    return unused();
  }

  @Override
  public Future<Void> ping() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  private static <T> Future<T> unused() {
    return Future.failedFuture("a gateway never asks for this");
  }
}
