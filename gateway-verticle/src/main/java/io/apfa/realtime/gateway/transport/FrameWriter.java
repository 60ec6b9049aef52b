package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames straight to the socket's channel, below the WebSocket encoder: a frame that many
 * sessions get is encoded and copied to direct memory once, and the frames of one flush share one
 * write to the kernel. Nothing here is ever fragmented, so it may stand beside pings and closes.
 *
 * <p>In a flush to many, what goes to sockets below which there is nothing but the kernel is left
 * to {@link SharedSends}.
 *
 * <p>Bound: the {@value #CACHED_FRAMES} frames that came last are kept. They are told apart by
 * identity: whoever shares a frame hands out the same object, and to hash it would read all of it.
 *
 * <p>Confined to its verticle's context, which is the sockets' event loop.
 */
final class FrameWriter {
  /** A power of two. */
  static final int CACHED_FRAMES = 64;

  private static final int FIN_TEXT = 0x81;
  private static final int FIN_BINARY = 0x82;

  private final @Nullable Frame[] known = new @Nullable Frame[CACHED_FRAMES];
  private final @Nullable ByteBuf[] wireForms = new @Nullable ByteBuf[CACHED_FRAMES];
  private int newest;

  /** What was written last as more than one frame, and its wire form from the second time on. */
  private List<Frame> joinedFrames = List.of();

  private @Nullable ByteBuf joined;
  private final SharedSends sends;

  /** Frames are written as they come, but while {@code sends} gather those of a flush. */
  FrameWriter(SharedSends sends) {
    this.sends = sends;
  }

  /**
   * Writes {@code frames} to a socket, or leaves them to {@link SharedSends}.
   *
   * @param onDone runs when their bytes have left, unless they all have already
   * @return whether they all have left; also when there is nobody to send them to any more
   */
  boolean write(SocketLink link, List<Frame> frames, Runnable onDone) {
    sends.sendBefore(link);
    PlainSocket socket = link.plainSocket();
    ByteBuf together = socket == null ? null : together(frames);
    if (socket != null && together != null) {
      if (sends.isOpen() && mayWait(frames.get(0))) {
        sends.add(link, socket, together, onDone);
        return false;
      }
      return send(link, socket, together, onDone);
    }
    ChannelHandlerContext encoder = link.encoder();
    if (!encoder.channel().isActive()) {
      return true;
    }
    for (int i = 0; i < frames.size(); i++) {
      ChannelFuture unused = encoder.write(wireForm(frames.get(i)), encoder.voidPromise());
    }
    return flush(encoder, onDone);
  }

  private static boolean send(
      SocketLink link, PlainSocket socket, ByteBuf wireForm, Runnable onDone) {
    boolean left = hasLeft(link, wireForm, socket.send(wireForm), onDone);
    wireForm.release();
    return left;
  }

  /** All of {@code frames} in one buffer, which the caller releases; null when it does not pay. */
  @SuppressWarnings("ReferenceEquality") // who is at the same position gets the same list
  private @Nullable ByteBuf together(List<Frame> frames) {
    if (frames.size() == 1) {
      Frame frame = frames.get(0);
      return isForOne(frame) ? encode(frame) : shared(frame).retain();
    }
    if (frames != joinedFrames) {
      forgetJoined();
      joinedFrames = frames;
      return null;
    }
    ByteBuf known = joined;
    if (known == null) {
      known = Unpooled.directBuffer();
      for (Frame frame : frames) {
        known.writeBytes(shared(frame).duplicate());
      }
      joined = known;
    }
    return known.retain();
  }

  private void forgetJoined() {
    joinedFrames = List.of();
    if (joined != null) {
      joined.release();
      joined = null;
    }
  }

  /**
   * Whether all of {@code wireForm} has left when the kernel took {@code taken} bytes of it; the
   * rest is written now, and leaves when the kernel takes it.
   */
  static boolean hasLeft(SocketLink link, ByteBuf wireForm, int taken, Runnable onDone) {
    int rest = wireForm.readableBytes() - taken;
    ChannelHandlerContext encoder = link.encoder();
    if (rest == 0 || !encoder.channel().isActive()) {
      return true;
    }
    ByteBuf slice = wireForm.retainedSlice(wireForm.writerIndex() - rest, rest);
    ChannelFuture unused = encoder.write(slice, encoder.voidPromise());
    return flush(encoder, onDone);
  }

  private static boolean flush(ChannelHandlerContext encoder, Runnable onDone) {
    encoder.flush();
    ChannelOutboundBuffer unsent = encoder.channel().unsafe().outboundBuffer();
    if (unsent == null || unsent.isEmpty()) {
      return true;
    }
    // the kernel has not taken all: what is written after it has left when it has left
    ChannelPromise left = encoder.newPromise();
    left.addListener(done -> onDone.run());
    ChannelFuture told = encoder.writeAndFlush(Unpooled.EMPTY_BUFFER, left);
    assert told == left;
    return false;
  }

  /** Lets go of the cached frames. */
  void close() {
    forgetJoined();
    for (int i = 0; i < CACHED_FRAMES; i++) {
      ByteBuf wireForm = wireForms[i];
      if (wireForm != null) {
        wireForm.release();
      }
      wireForms[i] = null;
      known[i] = null;
    }
  }

  private ByteBuf wireForm(Frame frame) {
    return isForOne(frame) ? encode(frame) : shared(frame).retainedDuplicate();
  }

  /**
   * A part of a snapshot may not: whether the next one follows at once depends on whether it left.
   */
  private static boolean mayWait(Frame frame) {
    return !isForOne(frame) && !frame.event().equals("snapshot");
  }

  private static boolean isForOne(Frame frame) {
    return switch (frame.event()) {
      case "reply", "err", "pong" -> true;
      default -> false;
    };
  }

  @SuppressWarnings("ReferenceEquality") // that is what tells frames apart here
  private ByteBuf shared(Frame frame) {
    for (int back = 0; back < CACHED_FRAMES; back++) {
      int at = (newest - back) & (CACHED_FRAMES - 1);
      ByteBuf wireForm = wireForms[at];
      if (wireForm == null) {
        break;
      }
      if (known[at] == frame) {
        return wireForm;
      }
    }
    newest = (newest + 1) & (CACHED_FRAMES - 1);
    ByteBuf oldest = wireForms[newest];
    if (oldest != null) {
      oldest.release();
    }
    ByteBuf wireForm = encode(frame);
    known[newest] = frame;
    wireForms[newest] = wireForm;
    return wireForm;
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
