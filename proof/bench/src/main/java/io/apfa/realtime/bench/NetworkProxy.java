package io.apfa.realtime.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The network between many clients and a server on loopback: while it is down every link is reset
 * on both sides, with all that is on its way, and so is each that is tried. It counts the bytes
 * that it carries to the clients. One thread of its own carries; the rest may be called by any.
 */
final class NetworkProxy implements AutoCloseable {
  private static final int BACKLOG = 4096;
  private static final int BUFFER_BYTES = 1 << 16;

  private final InetSocketAddress server;
  private final Selector selector = Selector.open();
  private final ServerSocketChannel listener = ServerSocketChannel.open();
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final Set<End> clients = new HashSet<>();
  private final AtomicLong bytesToClients = new AtomicLong();
  private final AtomicInteger cut = new AtomicInteger();
  private final Thread thread = new Thread(this::carry, "network");
  private volatile boolean isDown;
  private volatile boolean isClosed;

  /** One of a link's two sockets. */
  private static final class End {
    private final SocketChannel channel;
    private final SelectionKey key;
    private final boolean isClient;
    private @Nullable End other;

    /** What the channel would not take yet; while there is any, the other end is not read. */
    private @Nullable ByteBuffer waiting;

    End(SocketChannel channel, SelectionKey key, boolean isClient) {
      this.channel = channel;
      this.key = key;
      this.isClient = isClient;
    }

    End other() {
      return Objects.requireNonNull(other);
    }
  }

  /** A network to the server on {@code serverPort} of loopback. */
  NetworkProxy(int serverPort) throws IOException {
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
    thread.setDaemon(true);
    thread.start();
  }

  /** Where clients connect. */
  int port() throws IOException {
    return ((InetSocketAddress) listener.getLocalAddress()).getPort();
  }

  /** Takes the network down. */
  void cut() {
    isDown = true;
    selector.wakeup();
  }

  /** Brings it up again. */
  void restore() {
    isDown = false;
  }

  /** Links that were cut so far. */
  int cutLinks() {
    return cut.get();
  }

  /** Bytes carried to clients so far, with the heads of HTTP and of frames. */
  long bytesToClients() {
    return bytesToClients.get();
  }

  private void carry() {
    while (!isClosed) {
      try {
        selector.select();
        if (isDown) {
          for (End client : Set.copyOf(clients)) {
            cut.incrementAndGet();
            reset(client);
          }
        }
        for (SelectionKey key : selector.selectedKeys()) {
          serve(key);
        }
        selector.selectedKeys().clear();
      } catch (IOException e) {
        System.err.println("network: " + e);
      }
    }
  }

  private void serve(SelectionKey key) throws IOException {
    if (key.channel() == listener) {
      accept();
      return;
    }
    End end = (End) key.attachment();
    try {
      if (key.isValid() && key.isConnectable()) {
        end.channel.finishConnect();
        key.interestOps(SelectionKey.OP_READ);
        end.other().key.interestOps(SelectionKey.OP_READ);
      }
      if (key.isValid() && key.isWritable()) {
        writeWaiting(end);
      }
      if (key.isValid() && key.isReadable()) {
        read(end);
      }
    } catch (IOException ended) {
      reset(end.isClient ? end : end.other());
    }
  }

  private void accept() throws IOException {
    for (SocketChannel channel = listener.accept(); channel != null; channel = listener.accept()) {
      if (isDown) {
        reset(channel);
        continue;
      }
      SocketChannel target = SocketChannel.open();
      End client = end(channel, 0, true);
      End served = end(target, SelectionKey.OP_CONNECT, false);
      client.other = served;
      served.other = client;
      clients.add(client);
      if (target.connect(server)) {
        served.key.interestOps(SelectionKey.OP_READ);
        client.key.interestOps(SelectionKey.OP_READ);
      }
    }
  }

  private End end(SocketChannel channel, int interest, boolean isClient) throws IOException {
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    SelectionKey key = channel.register(selector, interest);
    End end = new End(channel, key, isClient);
    key.attach(end);
    return end;
  }

  private void read(End from) throws IOException {
    End to = from.other();
    bytes.clear();
    int read = from.channel.read(bytes);
    if (read < 0) {
      close(from.isClient ? from : to);
      return;
    }
    if (to.isClient) {
      bytesToClients.addAndGet(read);
    }
    to.channel.write(bytes.flip());
    if (bytes.hasRemaining()) {
      to.waiting = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
      from.key.interestOpsAnd(~SelectionKey.OP_READ);
      to.key.interestOpsOr(SelectionKey.OP_WRITE);
    }
  }

  private static void writeWaiting(End to) throws IOException {
    ByteBuffer waiting = Objects.requireNonNull(to.waiting);
    to.channel.write(waiting);
    if (!waiting.hasRemaining()) {
      to.waiting = null;
      to.key.interestOpsAnd(~SelectionKey.OP_WRITE);
      to.other().key.interestOpsOr(SelectionKey.OP_READ);
    }
  }

  private void reset(End client) throws IOException {
    clients.remove(client);
    reset(client.channel);
    reset(client.other().channel);
  }

  private static void reset(SocketChannel channel) throws IOException {
    if (channel.isOpen()) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.close();
    }
  }

  private void close(End client) throws IOException {
    clients.remove(client);
    client.channel.close();
    client.other().channel.close();
  }

  @Override
  public void close() throws IOException {
    isClosed = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (End client : Set.copyOf(clients)) {
      close(client);
    }
    listener.close();
    selector.close();
  }
}
