package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.Authenticator;
import io.apfa.realtime.gateway.GatewayOptions;
import io.apfa.realtime.gateway.TrustedProxies;
import io.apfa.realtime.gateway.session.Format;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.SessionEvents;
import io.apfa.realtime.gateway.session.SnapshotWish;
import io.apfa.realtime.gateway.session.Upstream;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.SystemTicker;
import io.apfa.realtime.runtime.Ticker;
import java.util.List;

/** What the transports need, for a mount that echoes: real sessions and a real door, no source. */
final class EchoParts {
  /** The defaults, but for the rate at which a test suite connects. */
  static final Limits LIMITS = Limits.DEFAULTS.with(LimitKey.GATEWAY_CONNECTS_PER_SECOND, 100_000);

  final GatewayOptions options;
  final Ticker ticker = new SystemTicker();
  final Hub hub;
  final Door door;

  EchoParts(String host, int port, Limits limits) {
    options =
        new GatewayOptions(
            host,
            port,
            null,
            null,
            TrustedProxies.NONE,
            List.of("*"),
            List.of(),
            GatewayOptions.Auth.NONE,
            List.of());
    hub = new Hub(List.of(), new NoUpstream(), SessionEvents.NONE, LimitPolicy.of(limits));
    door =
        new Door(
            options,
            new Authenticator(options.auth(), new SystemClock()),
            hub,
            ticker,
            reason -> {});
  }

  /** There is no source, so nothing is ever asked. */
  private static final class NoUpstream implements Upstream {
    @Override
    public void announceInterest(String source) {
      throw unasked();
    }

    @Override
    public void pull(String source, String epoch, long from) {
      throw unasked();
    }

    @Override
    public void readBack(String source, String epoch, long from, long to) {
      throw unasked();
    }

    @Override
    public void loadSnapshot(Room room, SnapshotWish wish, Format format) {
      throw unasked();
    }

    @Override
    public void loadLatestValues(String source) {
      throw unasked();
    }

    private static IllegalStateException unasked() {
      return new IllegalStateException("an echo has no source");
    }
  }
}
