package io.apfa.realtime.gateway.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandler;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A socket of the native transport whose bytes nothing changes on their way: they go to the kernel
 * at once when nothing waits before them, without an entry in Netty's queue, its promise and its
 * walk through the handlers (a third of what a frame costs outside the kernel).
 *
 * <p>Confined to its channel's event loop, but for {@link #send}: helpers may call it while that
 * loop waits for them.
 */
final class PlainSocket {
  private final Socket socket;

  /** Netty's queue; for as long as the socket is open. */
  private final ChannelOutboundBuffer waiting;

  private PlainSocket(Socket socket, ChannelOutboundBuffer waiting) {
    this.socket = socket;
    this.waiting = waiting;
  }

  /**
   * The socket below {@code encoder}; null when it is not native, or if others write in between.
   */
  static @Nullable PlainSocket below(ChannelHandlerContext encoder) {
    for (Map.Entry<String, ChannelHandler> handler : encoder.pipeline()) {
      if (handler.getKey().equals(encoder.name())) {
        break;
      }
      if (handler.getValue() instanceof ChannelOutboundHandler) {
        return null; // such as TLS
      }
    }
    Channel channel = encoder.channel();
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    return channel instanceof UnixChannel unix
            && unix.fd() instanceof Socket socket
            && waiting != null
        ? new PlainSocket(socket, waiting)
        : null;
  }

  /** Reads what {@link #send} will read; the value means nothing. */
  int look() {
    return (socket.isOpen() ? 1 : 0) + (int) waiting.totalPendingWriteBytes();
  }

  /**
   * Sends what the kernel takes of {@code bytes} now, and leaves them as they are.
   *
   * @return how many bytes it took; 0 also when others wait before these, or when the socket is
   *     broken or closed, which whoever writes them next is told
   */
  int send(ByteBuf bytes) {
    if (!socket.isOpen() || waiting.totalPendingWriteBytes() != 0 || !bytes.hasMemoryAddress()) {
      return 0;
    }
    try {
      return socket.sendAddress(bytes.memoryAddress(), bytes.readerIndex(), bytes.writerIndex());
    } catch (IOException e) {
      return 0;
    }
  }
}
