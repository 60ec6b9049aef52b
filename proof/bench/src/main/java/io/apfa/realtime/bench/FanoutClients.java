package io.apfa.realtime.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Many WebSockets of any server, which count the messages they get and keep nothing. One thread of
 * its own reads; the counters may be read by any.
 */
final class FanoutClients implements AutoCloseable {
  private static final int CONNECTS_PER_SECOND = 800;
  private static final int PAYLOAD_OF_INTEREST = 100;

  /** Each client of a crowd pings so often, as browsers do: who does not counts as gone. */
  static final int PING_SECONDS = 20;

  static final String PING = "{\"type\":\"ping\"}";

  /** Between two rounds in which a crowd reads. */
  static final int CROWD_PAUSE_MILLIS = 50;

  private final Selector selector = Selector.open();
  private final List<SocketChannel> channels = new ArrayList<>();
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 18);
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong payloadBytes = new AtomicLong();
  private final AtomicLong upgraded = new AtomicLong();
  private final long pauseNanos;
  private final Listener listener;
  private final Thread reader;
  private final AtomicInteger round = new AtomicInteger();
  private volatile boolean closed;
  private volatile String failure = "";

  /** Where one socket stands in its frames. */
  private static final class Cursor {
    private final byte[] head = new byte[10];
    private int headLength;
    private long payloadLeft;
    private boolean upgraded;
    private int newlines;
    private int round;
    private int messages;
  }

  /** Told of each message by the thread that reads. */
  interface Listener {
    /** A socket got its {@code number}th message, from 1 since it was last counted anew. */
    void onMessage(int number);
  }

  FanoutClients() throws IOException {
    this("fanout-clients", 0, number -> {});
  }

  /** Clients whose messages {@code listener} is told of as they come. */
  static FanoutClients heardBy(Listener listener) throws IOException {
    return new FanoutClients("measured-clients", 0, listener);
  }

  /**
   * Clients that read together every {@value #CROWD_PAUSE_MILLIS} ms: where only the server is of
   * interest, a crowd that wakes for each frame takes processor time that is the server's.
   */
  static FanoutClients crowd() throws IOException {
    return new FanoutClients(
        "fanout-clients", TimeUnit.MILLISECONDS.toNanos(CROWD_PAUSE_MILLIS), number -> {});
  }

  private FanoutClients(String thread, long pauseNanos, Listener listener) throws IOException {
    this.pauseNanos = pauseNanos;
    this.listener = listener;
    this.reader = new Thread(this::read, thread);
    reader.setDaemon(true);
    reader.start();
  }

  /** Opens {@code count} sockets more at {@code path}; each of them then sends {@code hellos}. */
  void open(int port, String path, int count, String... hellos) throws Exception {
    List<ByteBuffer> frames = new ArrayList<>();
    for (String hello : hellos) {
      frames.add(IdleClients.frame(hello));
    }
    open(port, IdleClients.upgrade(path), count, frames);
  }

  /**
   * Opens {@code count} sockets more by the request {@code upgrade}; each of them then sends {@code
   * hellos}.
   */
  void open(int port, String upgrade, int count, List<ByteBuffer> hellos) throws Exception {
    byte[] handshake = upgrade.getBytes(StandardCharsets.US_ASCII);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    int before = channels.size();
    int all = before + count;
    while (channels.size() < all) {
      long due = System.nanoTime() + 1_000_000_000L / CONNECTS_PER_SECOND;
      SocketChannel channel = SocketChannel.open(address);
      channels.add(channel);
      channel.write(ByteBuffer.wrap(handshake));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, new Cursor());
      selector.wakeup();
      Pause.until(due);
    }
    ServerProcess.waitFor("every upgrade", () -> upgraded.get() == all || !failure.isEmpty());
    for (ByteBuffer hello : hellos) {
      send(hello, channels.subList(before, all));
    }
    check();
  }

  /** Sends {@code text} from every socket. */
  void say(String text) throws IOException {
    send(IdleClients.frame(text), channels);
  }

  private static void send(ByteBuffer frame, List<SocketChannel> to) throws IOException {
    for (SocketChannel channel : to) {
      channel.write(frame.duplicate());
    }
  }

  /**
   * Those whose turn it is in this {@code second} ping: each does every {@value #PING_SECONDS} s.
   */
  void pingInTurn(int second) throws IOException {
    for (int i = second % PING_SECONDS; i < channels.size(); i += PING_SECONDS) {
      channels.get(i).write(IdleClients.frame(PING));
    }
  }

  /** Messages of at least {@value #PAYLOAD_OF_INTEREST} bytes so far, over all sockets. */
  long messages() throws IOException {
    check();
    return messages.get();
  }

  /** The listener is told numbers from 1 again. */
  void countAnew() {
    round.incrementAndGet();
  }

  /** Bytes of those messages. */
  long payloadBytes() {
    return payloadBytes.get();
  }

  private void check() throws IOException {
    if (!failure.isEmpty()) {
      throw new IOException(failure);
    }
  }

  private void read() {
    try {
      while (!closed) {
        selector.select(100);
        for (SelectionKey key : selector.selectedKeys()) {
          bytes.clear();
          if (((SocketChannel) key.channel()).read(bytes) < 0) {
            throw new IOException("closed by the server");
          }
          count((Cursor) key.attachment(), bytes.flip());
        }
        selector.selectedKeys().clear();
        if (pauseNanos > 0) {
          LockSupport.parkNanos(pauseNanos);
        }
      }
    } catch (IOException | RuntimeException e) {
      failure = closed ? "" : String.valueOf(e);
    }
  }

  private void count(Cursor cursor, ByteBuffer in) {
    while (in.hasRemaining()) {
      if (!cursor.upgraded) {
        skipHandshake(cursor, in);
      } else if (cursor.payloadLeft > 0) {
        int step = (int) Math.min(cursor.payloadLeft, in.remaining());
        in.position(in.position() + step);
        cursor.payloadLeft -= step;
      } else {
        readHead(cursor, in.get());
      }
    }
  }

  private void skipHandshake(Cursor cursor, ByteBuffer in) {
    byte next = in.get();
    if (next == '\n') {
      cursor.newlines++;
    } else if (next != '\r') {
      cursor.newlines = 0;
    }
    if (cursor.newlines == 2) {
      cursor.upgraded = true;
      upgraded.incrementAndGet();
    }
  }

  private void readHead(Cursor cursor, byte next) {
    cursor.head[cursor.headLength++] = next;
    int code = cursor.headLength < 2 ? 0 : cursor.head[1] & 0x7f;
    int needed = code == 126 ? 4 : code == 127 ? 10 : 2;
    if (cursor.headLength < needed) {
      return;
    }
    long length = code;
    if (needed > 2) {
      length = 0;
      for (byte digit : Arrays.copyOfRange(cursor.head, 2, needed)) {
        length = length << 8 | (digit & 0xff);
      }
    }
    cursor.headLength = 0;
    cursor.payloadLeft = length;
    if (length >= PAYLOAD_OF_INTEREST) {
      messages.incrementAndGet();
      payloadBytes.addAndGet(length);
      if (cursor.round != round.get()) {
        cursor.round = round.get();
        cursor.messages = 0;
      }
      listener.onMessage(++cursor.messages);
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    selector.wakeup();
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (SocketChannel channel : channels) {
      channel.close();
    }
    selector.close();
  }
}
