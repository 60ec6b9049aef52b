package io.apfa.realtime.gateway;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;

/**
 * How the public port listens: no WebSocket compression, no HTTP/2 in clear text, one thread per
 * connection, bounded headers and idle times.
 *
 * <p>Immutable.
 */
public final class PublicServer {
  /** Longer than a long-poll and than SockJS's heartbeat. */
  private static final int IDLE_SECONDS = 60;

  private PublicServer() {}

  /** The options of the public server. */
  public static HttpServerOptions options(GatewayOptions options, Limits limits) {
    int maxFrame = limits.getInt(LimitKey.GATEWAY_MAX_FRAME_BYTES);
    int slack = Math.max(4 * maxFrame, 256 * 1024);
    HttpServerOptions server =
        new HttpServerOptions()
            .setHost(options.host())
            .setPort(options.port())
            .setCompressionSupported(true)
            .setHttp2ClearTextEnabled(false)
            .setPerMessageWebSocketCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false)
            .setMaxWebSocketFrameSize(slack)
            .setMaxWebSocketMessageSize(slack)
            .setMaxHeaderSize(16 * 1024)
            .setAcceptBacklog(4096)
            .setTcpNoDelay(true)
            .setStrictThreadMode(true)
            .setIdleTimeout(IDLE_SECONDS)
            .setWebSocketClosingTimeout(2);
    if (options.certPath() != null && options.keyPath() != null) {
      server
          .setSsl(true)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .addCertPath(options.certPath())
                  .addKeyPath(options.keyPath()));
    }
    return server;
  }
}
