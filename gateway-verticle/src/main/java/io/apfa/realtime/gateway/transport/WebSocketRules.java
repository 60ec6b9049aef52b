package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What RFC 6455 asks of an endpoint and stock Vert.x leaves out: text must be UTF-8, also across
 * fragments, and a message may begin with an empty fragment.
 *
 * <p>Immutable.
 */
final class WebSocketRules {
  private static final Logger LOG = LoggerFactory.getLogger(WebSocketRules.class);

  private WebSocketRules() {}

  /**
   * Puts Netty's own check before Vert.x's handler; our heartbeat stands for HTTP's idle timeout.
   */
  static void install(ServerWebSocket socket, int maxMessageBytes) {
    ChannelHandlerContext context = ((WebSocketInternal) socket).channelHandlerContext();
    ChannelPipeline pipeline = context.pipeline();
    pipeline.addBefore(context.name(), "apfa-utf8", new Utf8FrameValidator());
    pipeline.addBefore(
        context.name(), "apfa-messages", new WebSocketFrameAggregator(maxMessageBytes));
    IdleStateHandler idle = pipeline.get(IdleStateHandler.class);
    if (idle != null) {
      pipeline.remove(idle);
    }
  }

  /**
   * Bytes of a message that are read at most: more than the limit, so that the one who sent too
   * much is told so with a code.
   */
  static int maxMessageBytes(Limits limits) {
    return Math.max(4 * limits.getInt(LimitKey.GATEWAY_MAX_FRAME_BYTES), 256 * 1024);
  }

  /** A socket failed: its peer broke the protocol or went away. */
  static void onFailure(Session session, Throwable failure) {
    LOG.debug("session {}: {}", session.id(), failure.getMessage());
  }
}
