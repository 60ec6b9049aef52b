package io.apfa.realtime.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Sessions of one transport that have joined {@code celery:tasks} and then do nothing: one socket
 * each, nothing kept of what they are sent. Confined to the bench's thread.
 */
final class IdleClients implements AutoCloseable {
  private static final String REGISTER = "{\"type\":\"register\",\"address\":\"celery:tasks\"}";

  /** The same as SockJS has its messages: in a list. */
  private static final String LISTED = "[\"" + REGISTER.replace("\"", "\\\"") + "\"]";

  /** Below the server's own connects per second. */
  private static final int CONNECTS_PER_SECOND = 800;

  private final Selector selector = Selector.open();
  private final InetSocketAddress address;
  private final Transport transport;
  private final List<SocketChannel> channels = new ArrayList<>();
  private final ByteBuffer scrap = ByteBuffer.allocateDirect(1 << 16);
  private int answered;

  /** How a session is carried. */
  enum Transport {
    RAW,
    WEBSOCKET,
    XHR_STREAMING,
    XHR,
    EVENTSOURCE,
    HTMLFILE;

    boolean isSocket() {
      return this == RAW || this == WEBSOCKET;
    }
  }

  IdleClients(int port, Transport transport) throws IOException {
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.transport = transport;
  }

  /** Opens {@code count} sessions and waits until each was answered. */
  void open(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      long due = System.nanoTime() + 1_000_000_000L / CONNECTS_PER_SECOND;
      begin();
      while (System.nanoTime() < due) {
        drain(0);
        LockSupport.parkNanos(200_000);
      }
    }
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (answered < count && System.nanoTime() < deadline) {
      drain(100);
    }
    if (answered < count) {
      throw new IOException(transport + ": " + answered + " of " + count + " were answered");
    }
  }

  private void begin() throws IOException {
    String session = "/eventbus/000/" + UUID.randomUUID();
    SocketChannel channel = SocketChannel.open(address);
    channels.add(channel);
    if (transport == Transport.XHR) {
      post(session + "/xhr", "");
    }
    channel.write(ByteBuffer.wrap(request(session).getBytes(StandardCharsets.US_ASCII)));
    if (!transport.isSocket()) {
      register(session);
    }
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, transport == Transport.XHR ? "" : null);
    if (transport == Transport.XHR) {
      answered++;
    }
  }

  private String request(String session) {
    String host = "Host: localhost\r\n";
    return switch (transport) {
      case RAW, WEBSOCKET ->
          upgrade(transport == Transport.RAW ? "/eventbus/websocket" : session + "/websocket");
      case XHR_STREAMING ->
          "POST " + session + "/xhr_streaming HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n";
      case XHR -> "POST " + session + "/xhr HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n";
      case EVENTSOURCE -> "GET " + session + "/eventsource HTTP/1.1\r\n" + host + "\r\n";
      case HTMLFILE -> "GET " + session + "/htmlfile?c=callback HTTP/1.1\r\n" + host + "\r\n";
    };
  }

  /** The session exists once its stream has begun; asked again until then. */
  private void register(String session) throws IOException {
    for (int i = 0; i < 200; i++) {
      if (post(session + "/xhr_send", LISTED) == 204) {
        return;
      }
      LockSupport.parkNanos(1_000_000);
    }
    throw new IOException(session + ": could not register");
  }

  private int post(String path, String body) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST "
                  + path
                  + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body)
              .getBytes(StandardCharsets.US_ASCII));
      byte[] head = socket.getInputStream().readNBytes(12);
      return Integer.parseInt(new String(head, 9, 3, StandardCharsets.US_ASCII));
    }
  }

  /** The request that makes a connection a WebSocket. */
  static String upgrade(String path) {
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  }

  /** A masked text frame; the mask is zero. */
  static ByteBuffer frame(String text) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
    frame.put((byte) 0x81);
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    }
    return frame.putInt(0).put(payload).flip();
  }

  private void drain(long waitMillis) throws IOException {
    if (waitMillis > 0) {
      selector.select(waitMillis);
    } else {
      selector.selectNow();
    }
    for (SelectionKey key : selector.selectedKeys()) {
      scrap.clear();
      if (((SocketChannel) key.channel()).read(scrap) < 0) {
        throw new IOException(transport + ": closed by the server");
      }
      if (key.attachment() == null) {
        if (scrap.get(9) > '2') {
          throw new IOException(transport + ": refused by the server");
        }
        key.attach("");
        answered++;
        if (transport.isSocket()) {
          ((SocketChannel) key.channel())
              .write(frame(transport == Transport.RAW ? REGISTER : LISTED));
        }
      }
    }
    selector.selectedKeys().clear();
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : channels) {
      channel.close();
    }
    selector.close();
  }
}
