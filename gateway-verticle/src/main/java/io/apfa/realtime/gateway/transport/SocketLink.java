package io.apfa.realtime.gateway.transport;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket08FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket, as the last of its Netty handlers that sees frames: whole messages go to {@link
 * Owner}, pings are answered, closes are echoed (RFC 6455, section 5.5).
 *
 * <p>Confined to its channel's event loop, which is the verticle's; the owner is called in the
 * verticle's context.
 */
final class SocketLink extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(SocketLink.class);

  private static final long FAREWELL_SECONDS = 3;

  private final ContextInternal context;
  private final Owner owner;
  private ChannelHandlerContext channel;
  private @Nullable ChannelHandlerContext encoder;
  private @Nullable PlainSocket plainSocket;
  private boolean closing;
  private boolean sendWaiting;

  /** Who is told what happens on the socket. */
  interface Owner {
    /** The handshake is done. */
    void onOpen();

    void onText(String text);

    void onBinary(Buffer bytes);

    /** A ping or a pong came. */
    void onAlive();

    /** A message came that is larger than is read. */
    void onOversized();

    /** The connection is gone. */
    void onClosed();
  }

  @SuppressWarnings("NullAway.Init") // the pipeline gives the channel
  SocketLink(ContextInternal context, Owner owner) {
    this.context = context;
    this.owner = owner;
  }

  /** The handshake is done and this handler in its place. */
  void opened() {
    context.dispatch(owner::onOpen);
  }

  /**
   * The WebSocket encoder, below which encoded frames are written; once it is there.
   *
   * @throws IllegalStateException before the handshake is done
   */
  ChannelHandlerContext encoder() {
    ChannelHandlerContext found = encoder;
    if (found == null) {
      found = channel.pipeline().context(WebSocket08FrameEncoder.class);
      if (found == null) {
        throw new IllegalStateException("no WebSocket encoder in " + channel.pipeline().names());
      }
      encoder = found;
      plainSocket = PlainSocket.below(found);
    }
    return found;
  }

  /** The way past Netty's queue, where there is one; once the {@link #encoder} was asked for. */
  @Nullable PlainSocket plainSocket() {
    return plainSocket;
  }

  /** Whether a frame waits for the end of the flush ({@link SharedSends}). */
  boolean isSendWaiting() {
    return sendWaiting;
  }

  void setSendWaiting(boolean value) {
    sendWaiting = value;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    channel = added;
  }

  @Override
  public void channelRead(ChannelHandlerContext from, Object message) {
    if (!(message instanceof WebSocketFrame frame)) {
      from.fireChannelRead(message);
      return;
    }
    try {
      if (frame instanceof TextWebSocketFrame) {
        context.dispatch(frame.content().toString(StandardCharsets.UTF_8), owner::onText);
      } else if (frame instanceof BinaryWebSocketFrame) {
        context.dispatch(Buffer.buffer(ByteBufUtil.getBytes(frame.content())), owner::onBinary);
      } else if (frame instanceof PingWebSocketFrame) {
        ChannelFuture unused = from.writeAndFlush(new PongWebSocketFrame(frame.content().retain()));
        context.dispatch(owner::onAlive);
      } else if (frame instanceof PongWebSocketFrame) {
        context.dispatch(owner::onAlive);
      } else if (frame instanceof CloseWebSocketFrame) {
        onClose(from, frame);
      }
    } finally {
      ReferenceCountUtil.release(frame);
    }
  }

  private void onClose(ChannelHandlerContext from, WebSocketFrame frame) {
    if (closing) {
      ChannelFuture unused = from.close();
    } else {
      closing = true;
      ChannelFuture unused =
          from.writeAndFlush(new CloseWebSocketFrame(true, 0, frame.content().retain()))
              .addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext from) {
    closing = true;
    context.dispatch(owner::onClosed);
    from.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable failure) {
    LOG.debug("socket: {}", failure.getMessage());
    if (failure instanceof CorruptedWebSocketFrameException corrupted) {
      if (!closing) {
        closing = true;
        ChannelFuture unused =
            from.writeAndFlush(
                    new CloseWebSocketFrame(
                        corrupted.closeStatus().code(), corrupted.closeStatus().reasonText()))
                .addListener(ChannelFutureListener.CLOSE);
      }
    } else if (failure instanceof TooLongFrameException) {
      context.dispatch(owner::onOversized);
    } else {
      ChannelFuture unused = from.close();
    }
  }

  /** Asks for a pong. */
  void ping() {
    if (!closing) {
      ChannelFuture unused = channel.writeAndFlush(new PingWebSocketFrame());
    }
  }

  /** Sends a close frame, and cuts the link if it is not answered: not everybody reads. */
  void close(int code, String reason) {
    if (closing) {
      return;
    }
    closing = true;
    ChannelFuture written = channel.writeAndFlush(new CloseWebSocketFrame(code, reason));
    assert written.channel() == channel.channel();
    Channel link = channel.channel();
    ScheduledFuture<?> cut =
        link.eventLoop()
            .schedule(
                () -> {
                  ChannelFuture unused = link.close();
                },
                FAREWELL_SECONDS,
                TimeUnit.SECONDS);
    link.closeFuture().addListener(closed -> cut.cancel(false));
  }
}
