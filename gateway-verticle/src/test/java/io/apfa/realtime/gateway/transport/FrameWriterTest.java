package io.apfa.realtime.gateway.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.gateway.session.Frame;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.internal.ContextInternal;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames written to a real socket, with Linux's epoll (where they pass Netty by) and without. */
class FrameWriterTest {
  private static final int PAYLOAD_BYTES = 10_000;
  private static final int MORE_AFTER_FULL = 30;
  private static final int MAX_FRAMES = 10_000;

  private Vertx vertx;
  private Socket client;
  private DataInputStream in;
  private final SharedSends sends = new SharedSends(new WriteHelpers(1));
  private final FrameWriter writer = new FrameWriter(sends);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicInteger written = new AtomicInteger();
  private final AtomicInteger owed = new AtomicInteger();
  private final AtomicInteger leftLater = new AtomicInteger();
  private SocketLink link;

  @AfterEach
  void stop() throws IOException {
    client.close();
    sends.close();
    writer.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private void connect(boolean nativeTransport) throws IOException {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(nativeTransport));
    AtomicBoolean open = new AtomicBoolean();
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  ContextInternal context = (ContextInternal) Vertx.currentContext();
                  link = new SocketLink(context, new Listener(open, closed));
                  SocketUpgrade.accept(request, 65_536, link);
                })
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .join();
    client = new Socket();
    client.setReceiveBufferSize(PAYLOAD_BYTES);
    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort()));
    client.setSoTimeout(30_000);
    String request =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n";
    client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    in = new DataInputStream(client.getInputStream());
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readByte());
    }
    assertThat(head.toString()).startsWith("HTTP/1.1 101");
    await().untilTrue(open);
  }

  private record Listener(AtomicBoolean open, AtomicBoolean closed) implements SocketLink.Owner {
    @Override
    public void onOpen() {
      open.set(true);
    }

    @Override
    public void onText(String text) {
      // the client says nothing
    }

    @Override
    public void onBinary(Buffer bytes) {
      // the client says nothing
    }

    @Override
    public void onAlive() {
      // the client says nothing
    }

    @Override
    public void onOversized() {
      // the client says nothing
    }

    @Override
    public void onClosed() {
      closed.set(true);
    }
  }

  /** A frame whose bytes tell its number, large enough to fill the kernel's buffers soon. */
  private static Frame frame(int number) {
    String event = number % 3 == 0 ? "reply" : "batch";
    return new Frame(Buffer.buffer(payload(number)), true, event);
  }

  private static String payload(int number) {
    String word = number + " ";
    return word.repeat(PAYLOAD_BYTES / word.length());
  }

  /** The next frame's payload; empty for a ping. */
  private String read() throws IOException {
    int first = in.readUnsignedByte();
    int length = in.readUnsignedByte();
    length = length == 126 ? in.readUnsignedShort() : length;
    String payload = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    assertThat(first).isEqualTo(payload.isEmpty() ? 0x89 : 0x81);
    return payload;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldKeepTheOrderOfFramesWhenTheKernelTakesOnlyPartOfThem(boolean nativeTransport)
      throws IOException {
    connect(nativeTransport);
    onLoop(
        () -> {
          int afterFull = 0;
          for (int i = 0; afterFull < MORE_AFTER_FULL && i < MAX_FRAMES; i++) {
            write(i);
            afterFull += owed.get() > 0 ? 1 : 0;
            if (i % 7 == 0) {
              link.ping();
            }
          }
        });
    assertThat(owed).hasValueGreaterThanOrEqualTo(MORE_AFTER_FULL - 1);
    assertThat(leftLater).hasValue(0);
    readAll();
  }

  /** Flushes to many, in which a socket gets more than one write: frames, and a ping. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldKeepTheOrderOfFramesThatHelpersSendAtTheEndOfAFlush(boolean nativeTransport)
      throws IOException {
    connect(nativeTransport);
    onLoop(
        () -> {
          int afterFull = 0;
          for (int i = 0; afterFull < MORE_AFTER_FULL && i < MAX_FRAMES; i += 7) {
            sends.begin(HelpPolicy.MIN_WRITES, 0);
            for (int inFlush = 0; inFlush < 7; inFlush++) {
              write(i + inFlush);
            }
            sends.sendBefore(link);
            link.ping();
            sends.end();
            afterFull += leftLater.get() < owed.get() ? 1 : 0;
          }
        });
    assertThat(leftLater.get()).isLessThan(owed.get());
    readAll();
  }

  private void onLoop(Runnable action) {
    AtomicBoolean done = new AtomicBoolean();
    link.encoder()
        .executor()
        .execute(
            () -> {
              action.run();
              done.set(true);
            });
    await().untilTrue(done);
  }

  /** Writes a frame, each fifth three times at once. */
  private void write(int number) {
    Frame frame = frame(number);
    List<Frame> frames = number % 5 == 4 ? List.of(frame, frame, frame) : List.of(frame);
    written.addAndGet(frames.size());
    owed.addAndGet(writer.write(link, frames, leftLater::incrementAndGet) ? 0 : 1);
  }

  /** Reads all that was written, in order; what was owed has left then. */
  private void readAll() throws IOException {
    int next = 0;
    int seen = 0;
    while (seen < written.get()) {
      String payload = read();
      if (!payload.isEmpty()) {
        int times = next % 5 == 4 ? 3 : 1;
        for (int i = 1; i < times; i++) {
          assertThat(payload).isEqualTo(payload(next));
          seen++;
          payload = read();
        }
        assertThat(payload).isEqualTo(payload(next));
        seen++;
        next++;
      }
    }
    await().untilAsserted(() -> assertThat(leftLater.get()).isEqualTo(owed.get()));
  }

  @Test
  void shouldKeepTheOrderOfSeveralFramesThatMoreThanOneSessionGets() throws IOException {
    connect(true);
    List<Frame> frames = List.of(frame(0), frame(1), frame(2));
    AtomicInteger left = new AtomicInteger();
    onLoop(
        () -> {
          for (int session = 0; session < 3; session++) {
            left.addAndGet(writer.write(link, frames, left::incrementAndGet) ? 1 : 0);
          }
        });
    for (int session = 0; session < 3; session++) {
      for (int number = 0; number < 3; number++) {
        assertThat(read()).isEqualTo(payload(number));
      }
    }
    await().untilAsserted(() -> assertThat(left).hasValue(3));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldDropFramesForSomeoneWhoIsGone(boolean nativeTransport) throws IOException {
    connect(nativeTransport);
    ChannelHandlerContext encoder = link.encoder();
    client.setSoLinger(true, 0); // a reset
    client.close();
    await().untilTrue(closed);
    AtomicBoolean left = new AtomicBoolean();
    encoder.executor().execute(() -> left.set(writer.write(link, List.of(frame(1)), () -> {})));
    await().untilTrue(left);
  }
}
