package io.apfa.realtime.gateway.transport;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.Http1xServerConnection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a request into a WebSocket by Netty's own handshake, without Vert.x's socket on top of it:
 * that would cost each idle connection a queue of 4 KB, and it reads neither text that is not UTF-8
 * nor an empty first fragment as RFC 6455 has them. To Vert.x the connection is one whose answer is
 * still being written; it tells when the connection ends.
 *
 * <p>Called on the connection's event loop.
 */
final class SocketUpgrade {
  private static final Logger LOG = LoggerFactory.getLogger(SocketUpgrade.class);

  private static final List<CharSequence> HEADERS_OF_HANDSHAKE =
      List.of(
          HttpHeaderNames.HOST,
          HttpHeaderNames.ORIGIN,
          HttpHeaderNames.UPGRADE,
          HttpHeaderNames.CONNECTION,
          HttpHeaderNames.SEC_WEBSOCKET_KEY,
          HttpHeaderNames.SEC_WEBSOCKET_VERSION);

  /** What HTTP needed and a WebSocket does not; our heartbeat stands for the idle timeout. */
  private static final List<Class<? extends ChannelHandler>> OF_HTTP =
      List.of(
          HttpContentCompressor.class,
          HttpContentDecompressor.class,
          ChunkedWriteHandler.class,
          IdleStateHandler.class);

  private SocketUpgrade() {}

  /**
   * Answers 101 and gives the frames to {@code link}, or answers what is wrong with the request.
   */
  static void accept(HttpServerRequest request, int maxMessageBytes, SocketLink link) {
    if (!(request.connection() instanceof Http1xServerConnection connection)
        || !request.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_VERSION)) {
      request.response().setStatusCode(400).end("Can \"Upgrade\" only to \"WebSocket\".");
      return;
    }
    request
        .end()
        .onSuccess(
            ended -> handshake(request, connection.channelHandlerContext(), maxMessageBytes, link))
        .onFailure(failure -> LOG.debug("handshake failed: {}", failure.getMessage()));
  }

  private static void handshake(
      HttpServerRequest request,
      ChannelHandlerContext vertx,
      int maxMessageBytes,
      SocketLink link) {
    FullHttpRequest asked = requestOf(request);
    WebSocketServerHandshaker handshaker =
        new WebSocketServerHandshakerFactory(
                "",
                null,
                WebSocketDecoderConfig.newBuilder().maxFramePayloadLength(maxMessageBytes).build())
            .newHandshaker(asked);
    if (handshaker == null) {
      request
          .response()
          .setStatusCode(426)
          .putHeader(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13")
          .end();
      return;
    }
    Channel channel = vertx.channel();
    try {
      ChannelFuture answered =
          handshaker.handshake(channel, asked, new DefaultHttpHeaders(), channel.newPromise());
      assert answered.channel() == channel;
    } catch (WebSocketHandshakeException e) {
      request.response().setStatusCode(400).end();
      return;
    }
    ChannelPipeline pipeline = channel.pipeline();
    for (Class<? extends ChannelHandler> type : OF_HTTP) {
      if (pipeline.get(type) != null) {
        pipeline.remove(type);
      }
    }
    pipeline.addBefore(vertx.name(), "apfa-utf8", new Utf8FrameValidator());
    pipeline.addBefore(
        vertx.name(), "apfa-messages", new WebSocketFrameAggregator(maxMessageBytes));
    pipeline.addBefore(vertx.name(), "apfa-link", link);
    // What the browser sent stays in memory for as long as the connection otherwise.
    request.headers().clear();
    request.response().headers().clear();
    link.opened();
  }

  private static FullHttpRequest requestOf(HttpServerRequest request) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (CharSequence name : HEADERS_OF_HANDSHAKE) {
      String value = request.getHeader(name);
      if (value != null) {
        headers.set(name, value);
      }
    }
    return new DefaultFullHttpRequest(
        HttpVersion.HTTP_1_1,
        HttpMethod.GET,
        request.uri(),
        Unpooled.EMPTY_BUFFER,
        headers,
        EmptyHttpHeaders.INSTANCE);
  }
}
