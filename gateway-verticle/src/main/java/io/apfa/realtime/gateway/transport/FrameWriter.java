package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.WebSocket08FrameEncoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes frames straight to the socket's channel, below the WebSocket encoder: a frame that many
 * sessions get is encoded and copied to direct memory once, and the frames of one flush share one
 * write to the kernel. Nothing here is ever fragmented, so it may stand beside pings and closes.
 *
 * <p>Bound: the {@value #CACHED_FRAMES} frames used last are kept.
 *
 * <p>Confined to its verticle's context, which is the sockets' event loop.
 */
final class FrameWriter {
  static final int CACHED_FRAMES = 64;

  private static final int FIN_TEXT = 0x81;
  private static final int FIN_BINARY = 0x82;

  private final Map<Frame, ByteBuf> wireForms =
      new LinkedHashMap<>(CACHED_FRAMES * 2, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Frame, ByteBuf> eldest) {
          if (size() <= CACHED_FRAMES) {
            return false;
          }
          eldest.getValue().release();
          return true;
        }
      };

  /** Writes {@code frames} to a socket; {@code onDone} runs when their bytes have left. */
  void write(ChannelHandlerContext context, List<Frame> frames, Runnable onDone) {
    if (!context.channel().isActive()) {
      onDone.run();
      return;
    }
    ChannelHandlerContext encoder = context.pipeline().context(WebSocket08FrameEncoder.class);
    if (encoder == null) {
      throw new IllegalStateException("no WebSocket encoder in " + context.pipeline().names());
    }
    ChannelPromise promise = context.newPromise();
    promise.addListener(done -> onDone.run());
    int last = frames.size() - 1;
    for (int i = 0; i < last; i++) {
      ChannelFuture unused = encoder.write(wireForm(frames.get(i)), encoder.voidPromise());
    }
    ChannelFuture told = encoder.writeAndFlush(wireForm(frames.get(last)), promise);
    assert told == promise;
  }

  /** Lets go of the cached frames. */
  void close() {
    wireForms.values().forEach(ByteBuf::release);
    wireForms.clear();
  }

  private ByteBuf wireForm(Frame frame) {
    boolean single =
        frame.event().equals("reply")
            || frame.event().equals("err")
            || frame.event().equals("pong");
    if (single) {
      return encode(frame);
    }
    ByteBuf known = wireForms.get(frame);
    if (known == null) {
      known = encode(frame);
      wireForms.put(frame, known);
    }
    return known.retainedDuplicate();
  }

  /** The frame as RFC 6455, section 5.2 has it: final, unmasked. */
  private static ByteBuf encode(Frame frame) {
    int length = frame.bytes().length();
    ByteBuf buffer = Unpooled.directBuffer(length + 10);
    buffer.writeByte(frame.isText() ? FIN_TEXT : FIN_BINARY);
    if (length < 126) {
      buffer.writeByte(length);
    } else if (length < 65_536) {
      buffer.writeByte(126).writeShort(length);
    } else {
      buffer.writeByte(127).writeLong(length);
    }
    return buffer.writeBytes(frame.bytes().getBytes());
  }
}
