package io.apfa.realtime.bridge;

import io.apfa.realtime.runtime.store.StateStore;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/** A state store whose connection can be cut. Thread-safe: one atomic. */
final class CutStore {
  private final AtomicBoolean cut = new AtomicBoolean();
  private final StateStore store;

  CutStore(StateStore behind) {
    store =
        (StateStore)
            Proxy.newProxyInstance(
                CutStore.class.getClassLoader(),
                new Class<?>[] {StateStore.class},
                (proxy, method, arguments) -> {
                  if (cut.get()) {
                    return Future.failedFuture("the store cannot be reached");
                  }
                  try {
                    return method.invoke(behind, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  StateStore store() {
    return store;
  }

  void cut() {
    cut.set(true);
  }

  void heal() {
    cut.set(false);
  }
}
