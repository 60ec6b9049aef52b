package io.apfa.realtime.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * So many sessions in one room, of which some leave each second and as many come: the oldest goes,
 * without a word, as browsers do. What they are sent is read and forgotten. One thread of its own
 * does everything; the counters may be read by any.
 */
final class ChurningClients implements AutoCloseable {
  /** So many are opened a second until all are there. */
  private static final int FIRST_PER_SECOND = 400;

  private final InetSocketAddress address;
  private final int count;
  private final int perSecond;
  private final String register;
  private final Selector selector = Selector.open();
  private final Deque<SocketChannel> oldestFirst = new ArrayDeque<>();
  private final ByteBuffer scrap = ByteBuffer.allocateDirect(1 << 18);
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger opened = new AtomicInteger();
  private final Thread thread = new Thread(this::run, "churning-clients");
  private volatile boolean closed;
  private volatile String failure = "";

  /**
   * Begins to open {@code count} sessions.
   *
   * @param perSecond how many leave and come each second
   */
  ChurningClients(int port, int count, int perSecond, String register) throws IOException {
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.count = count;
    this.perSecond = perSecond;
    this.register = register;
    thread.setDaemon(true);
    thread.start();
  }

  /** Sessions opened so far, those that have left again among them. */
  int opened() throws IOException {
    if (!failure.isEmpty()) {
      throw new IOException(failure);
    }
    return opened.get();
  }

  /** Sessions that the server ended. */
  int lost() {
    return lost.get();
  }

  private void run() {
    try {
      long next = System.nanoTime();
      long second = 0;
      long pingNanos = next;
      while (!closed) {
        boolean filling = oldestFirst.size() < count;
        next += TimeUnit.SECONDS.toNanos(1) / (filling ? FIRST_PER_SECOND : perSecond);
        while (System.nanoTime() < next && !closed) {
          read(Math.max(1, (next - System.nanoTime()) / 1_000_000));
        }
        open();
        if (oldestFirst.size() > count) {
          oldestFirst.remove().close();
        }
        if (System.nanoTime() >= pingNanos) {
          pingNanos += TimeUnit.SECONDS.toNanos(1);
          ping(second++);
        }
      }
    } catch (IOException | RuntimeException e) {
      failure = closed ? "" : String.valueOf(e);
    }
  }

  private void open() throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    channel.write(
        ByteBuffer.wrap(
            IdleClients.upgrade("/eventbus/websocket").getBytes(StandardCharsets.US_ASCII)));
    channel.write(IdleClients.frame(register));
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ);
    oldestFirst.add(channel);
    opened.incrementAndGet();
  }

  private void read(long millis) throws IOException {
    selector.select(millis);
    for (SelectionKey key : selector.selectedKeys()) {
      if (key.isValid() && ((SocketChannel) key.channel()).read(scrap.clear()) < 0) {
        lost.incrementAndGet();
        oldestFirst.remove(key.channel());
        key.channel().close();
      }
    }
    selector.selectedKeys().clear();
  }

  private void ping(long second) throws IOException {
    int i = 0;
    for (SocketChannel channel : oldestFirst) {
      if (i++ % FanoutClients.PING_SECONDS == second % FanoutClients.PING_SECONDS) {
        channel.write(IdleClients.frame(FanoutClients.PING));
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (SocketChannel channel : oldestFirst) {
      channel.close();
    }
    selector.close();
  }
}
