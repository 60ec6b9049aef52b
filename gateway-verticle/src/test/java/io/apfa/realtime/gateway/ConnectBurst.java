package io.apfa.realtime.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Very many handshakes as fast as one thread can send them. Those let in stay open, the others must
 * be closed by the server. Confined to the test's thread.
 */
final class ConnectBurst implements AutoCloseable {
  /** Handshakes under way at a time: each takes a descriptor on both sides. */
  private static final int WINDOW = 4000;

  private static final long SELECT_MILLIS = 10_000;

  private static final byte[] HANDSHAKE =
      ("GET /eventbus/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
              + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);

  private final Selector selector = Selector.open();
  private final InetSocketAddress address;
  private final List<SocketChannel> admitted = new ArrayList<>();

  /** How many were answered with each status; 0 = closed without an answer. */
  final Map<Integer, Integer> answers = new TreeMap<>();

  private int started;
  private int finished;

  ConnectBurst(int port) throws IOException {
    address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Sends {@code count} handshakes and waits for every answer. */
  void run(int count) throws IOException {
    while (finished < count) {
      while (started < count && started - finished < WINDOW) {
        start();
      }
      if (selector.select(SELECT_MILLIS) == 0) {
        throw new AssertionError(
            finished + " of " + started + " were answered, then none for " + SELECT_MILLIS + " ms");
      }
      Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
      while (ready.hasNext()) {
        onReady(ready.next());
        ready.remove();
      }
    }
  }

  private void start() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_CONNECT, ByteBuffer.allocate(512));
    channel.connect(address);
    started++;
  }

  private void onReady(SelectionKey key) throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    ByteBuffer head = (ByteBuffer) key.attachment();
    try {
      if (key.isConnectable()) {
        channel.finishConnect();
        channel.write(ByteBuffer.wrap(HANDSHAKE));
        key.interestOps(SelectionKey.OP_READ);
        return;
      }
      int read = channel.read(head);
      int status = statusOf(head);
      if (status == 101) {
        admitted.add(channel);
        key.cancel();
        finish(status);
      } else if (read < 0) {
        channel.close();
        finish(status);
      } else if (!head.hasRemaining()) {
        throw new AssertionError("more than a refusal: " + status);
      }
    } catch (IOException e) {
      channel.close();
      finish(statusOf(head));
    }
  }

  private static int statusOf(ByteBuffer head) {
    if (head.position() < 12) {
      return 0;
    }
    return 100 * (head.get(9) - '0') + 10 * (head.get(10) - '0') + head.get(11) - '0';
  }

  private void finish(int status) {
    finished++;
    answers.merge(status, 1, Integer::sum);
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : admitted) {
      channel.close();
    }
    selector.close();
  }
}
