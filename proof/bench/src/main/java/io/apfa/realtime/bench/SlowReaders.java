package io.apfa.realtime.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * WebSockets that read a few bytes at a time and keep nothing, so that what is written to them
 * waits at the server. One thread of its own reads; {@link #lost} may be asked by any.
 */
final class SlowReaders implements AutoCloseable {
  private static final int RECEIVE_BUFFER_BYTES = 8192;
  private static final int READS_PER_SECOND = 10;

  private final List<SocketChannel> channels = new ArrayList<>();
  private final ByteBuffer bytes;
  private final Thread reader = new Thread(this::read, "slow-readers");
  private volatile boolean closed;
  private final AtomicInteger lost = new AtomicInteger();

  /** Opens {@code count} sockets that each read {@code bytesPerSecond}, and send {@code hello}. */
  SlowReaders(int port, int count, int bytesPerSecond, String hello) throws IOException {
    bytes = ByteBuffer.allocateDirect(bytesPerSecond / READS_PER_SECOND);
    byte[] handshake =
        IdleClients.upgrade("/eventbus/websocket").getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < count; i++) {
      SocketChannel channel = SocketChannel.open();
      channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      channels.add(channel);
      channel.write(ByteBuffer.wrap(handshake));
      readUpgrade(channel);
      channel.write(IdleClients.frame(hello));
      channel.configureBlocking(false);
    }
    reader.setDaemon(true);
    reader.start();
  }

  /** The server sends nothing after its answer until it has heard the hello. */
  private static void readUpgrade(SocketChannel channel) throws IOException {
    ByteBuffer answer = ByteBuffer.allocate(4096);
    String text = "";
    while (!text.endsWith("\r\n\r\n")) {
      if (channel.read(answer) < 0) {
        throw new IOException("closed at the handshake: " + text);
      }
      text = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    }
  }

  /** Sockets the server has closed. */
  int lost() {
    return lost.get();
  }

  private void read() {
    long next = System.nanoTime();
    boolean[] ended = new boolean[channels.size()];
    for (int round = 1; !closed; round++) {
      for (int i = 0; i < ended.length; i++) {
        boolean pings = (round + i) % (FanoutClients.PING_SECONDS * READS_PER_SECOND) == 0;
        if (!ended[i] && !isOpen(channels.get(i), pings)) {
          ended[i] = true;
          lost.incrementAndGet();
        }
      }
      next += TimeUnit.SECONDS.toNanos(1) / READS_PER_SECOND;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private boolean isOpen(SocketChannel channel, boolean ping) {
    try {
      if (ping) {
        channel.write(IdleClients.frame(FanoutClients.PING));
      }
      return channel.read(bytes.clear()) >= 0;
    } catch (IOException e) {
      return closed;
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (SocketChannel channel : channels) {
      channel.close();
    }
  }
}
