package io.apfa.realtime.runtime;

import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The limits in force on this node: the defaults until a rate-limit verticle announces others, and
 * the last ones announced when none is alive.
 *
 * <p>Thread-safe: one volatile immutable value; listeners run on the context that added them.
 */
public final class CurrentLimits {
  private static final Known NONE =
      new Known(
          new BusMessage.LimitsAnnouncement(
              0,
              0,
              0,
              Limits.DEFAULTS,
              "no rate-limit verticle has announced limits yet",
              List.of()),
          LimitPolicy.DEFAULTS);

  private final Vertx vertx;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile Known current = NONE;

  private record Known(BusMessage.LimitsAnnouncement announcement, LimitPolicy policy) {}

  private record Listener(Context context, Consumer<LimitPolicy> handler) {}

  private CurrentLimits(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Follows the announcements on {@code bus}. */
  public static CurrentLimits open(Vertx vertx, Bus bus) {
    CurrentLimits limits = new CurrentLimits(vertx);
    bus.listen(
        BusMessage.Kind.LIMITS_ANNOUNCEMENT,
        BusMessage.LimitsAnnouncement.class,
        limits::onAnnouncement);
    return limits;
  }

  /** The common limits in force: of everyone and everything without an override. */
  public Limits get() {
    return current.policy().common();
  }

  /** The limits in force for whom; the same object until they change. */
  public LimitPolicy policy() {
    return current.policy();
  }

  /** The limits in force with their version, and why the file on disk is not, if it is not. */
  public BusMessage.LimitsAnnouncement announcement() {
    return current.announcement();
  }

  /** Calls {@code handler} on the caller's context with each change of the limits in force. */
  public void onChange(Consumer<LimitPolicy> handler) {
    listeners.add(new Listener(vertx.getOrCreateContext(), handler));
  }

  private void onAnnouncement(BusMessage.LimitsAnnouncement heard) {
    Known known = current;
    boolean newer =
        heard.token() > known.announcement().token()
            || (heard.token() == known.announcement().token()
                && heard.version() >= known.announcement().version());
    if (!newer) {
      return;
    }
    LimitPolicy policy = LimitPolicy.of(heard.limits(), heard.overrides());
    boolean changed = !policy.equals(known.policy());
    current = new Known(heard, changed ? policy : known.policy());
    if (changed) {
      for (Listener listener : listeners) {
        listener.context().runOnContext(v -> listener.handler().accept(policy));
      }
    }
  }
}
