package io.apfa.realtime.bridge;

import io.apfa.realtime.protocol.CeleryEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;

/**
 * Commands that only an event confirms: a task that reached a worker, a worker that went offline.
 * Each waits at most until the command's deadline, so they are as few as commands in that time.
 * Confined to its verticle's context.
 */
final class EventWaiters {
  private static final int MAX_WAITERS = 10_000;

  private final Map<String, Promise<String>> waiters = new HashMap<>();

  /** Completed with the worker's name when a worker has the task {@code uuid}. */
  Future<String> taskReached(String uuid) {
    return waitFor("task/" + uuid);
  }

  /** Completed when the worker says it goes offline. */
  Future<String> workerOffline(String hostname) {
    return waitFor("worker/" + hostname);
  }

  void onEvent(CeleryEvent event) {
    if (waiters.isEmpty()) {
      return;
    }
    if (event instanceof CeleryEvent.TaskEvent task && !task.type().equals("task-sent")) {
      complete("task/" + task.uuid(), task.hostname());
    } else if (event instanceof CeleryEvent.WorkerEvent worker
        && worker.type().equals("worker-offline")) {
      complete("worker/" + worker.hostname(), worker.hostname());
    }
  }

  private Future<String> waitFor(String key) {
    if (waiters.size() >= MAX_WAITERS) {
      return Future.failedFuture("too many commands wait for events");
    }
    Promise<String> promise = waiters.computeIfAbsent(key, k -> Promise.promise());
    return promise.future();
  }

  /** Ends a wait that its command gave up. */
  void forgetTask(String uuid) {
    waiters.remove("task/" + uuid);
  }

  /** Ends a wait that its command gave up. */
  void forgetWorker(String hostname) {
    waiters.remove("worker/" + hostname);
  }

  private void complete(String key, String value) {
    Promise<String> promise = waiters.remove(key);
    if (promise != null) {
      promise.complete(value);
    }
  }
}
