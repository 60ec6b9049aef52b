package io.apfa.realtime.runtime;

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
  private static final BusMessage.LimitsAnnouncement NONE =
      new BusMessage.LimitsAnnouncement(
          0, 0, 0, Limits.DEFAULTS, "no rate-limit verticle has announced limits yet");

  private final Vertx vertx;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile BusMessage.LimitsAnnouncement current = NONE;

  private record Listener(Context context, Consumer<Limits> handler) {}

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

  /** The limits in force. */
  public Limits get() {
    return current.limits();
  }

  /** The limits in force with their version, and why the file on disk is not, if it is not. */
  public BusMessage.LimitsAnnouncement announcement() {
    return current;
  }

  /** Calls {@code handler} on the caller's context with each change of the limits in force. */
  public void onChange(Consumer<Limits> handler) {
    listeners.add(new Listener(vertx.getOrCreateContext(), handler));
  }

  private void onAnnouncement(BusMessage.LimitsAnnouncement heard) {
    BusMessage.LimitsAnnouncement known = current;
    boolean newer =
        heard.token() > known.token()
            || (heard.token() == known.token() && heard.version() >= known.version());
    if (!newer) {
      return;
    }
    current = heard;
    if (!heard.limits().equals(known.limits())) {
      for (Listener listener : listeners) {
        listener.context().runOnContext(v -> listener.handler().accept(heard.limits()));
      }
    }
  }
}
