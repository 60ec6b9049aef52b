package io.apfa.realtime.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A TCP proxy on loopback that does to some connections what networks do: cuts them in the middle
 * of a message, or stops carrying bytes while they stay open. Only connections on which the client
 * once sent the mark are harmed.
 *
 * <p>Thread-safe: two threads a connection, the faults under one lock.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int SMALL_BUFFER_BYTES = 16 << 10;

  /** Bytes kept back by a cut: less than any message that is worth cutting, more than its end. */
  private static final int KEPT_BACK_BYTES = 24;

  private final int targetPort;
  private final String mark;
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cuts = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private boolean stalled;
  private boolean cutting;

  private FaultProxy(int targetPort, String mark) throws IOException {
    this.targetPort = targetPort;
    this.mark = mark;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /**
   * A proxy before the server on {@code targetPort}.
   *
   * @param mark what a client sends, in one piece, on the connections that are to be harmed
   */
  public static FaultProxy start(int targetPort, String mark) {
    try {
      FaultProxy proxy = new FaultProxy(targetPort, mark);
      proxy.run("accept", proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens. */
  public int port() {
    return server.getLocalPort();
  }

  /** Cuts every marked connection in the middle of the next message that the server sends. */
  public void cutInMessage() {
    set(stalled, true);
  }

  /** How many connections were cut. */
  public int cuts() {
    return cuts.get();
  }

  /** Carries nothing more from the server on marked connections, until {@link #release}. */
  public void stall() {
    set(true, cutting);
  }

  /** Carries on, and cuts no more. */
  public void release() {
    set(false, false);
  }

  private void set(boolean stalls, boolean cutsNow) {
    lock.lock();
    try {
      stalled = stalls;
      cutting = cutsNow;
      released.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() throws IOException {
    while (!server.isClosed()) {
      Socket client = server.accept();
      Socket target = new Socket();
      open.add(client);
      open.add(target);
      // what is not carried on soon fills the server's own buffer, as a starved client does
      target.setReceiveBufferSize(SMALL_BUFFER_BYTES);
      client.setSendBufferSize(SMALL_BUFFER_BYTES);
      try {
        target.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort));
      } catch (IOException e) {
        end(client, target);
        continue;
      }
      Link link = new Link(client, target);
      run("to server", link::toServer);
      run("to client", link::toClient);
    }
  }

  private void end(Socket client, Socket target) throws IOException {
    client.close();
    target.close();
    open.remove(client);
    open.remove(target);
  }

  /** What a thread does until its socket ends. */
  @FunctionalInterface
  private interface Task {
    void run() throws IOException;
  }

  private void run(String name, Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException ended) {
                // that is how sockets end
              }
            },
            "proxy " + name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    release();
    try {
      server.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One connection through the proxy. Its two threads share the mark, which is volatile. */
  private final class Link {
    private final Socket client;
    private final Socket target;
    private volatile boolean marked;

    Link(Socket client, Socket target) {
      this.client = client;
      this.target = target;
    }

    void toServer() throws IOException {
      byte[] bytes = new byte[SMALL_BUFFER_BYTES];
      try {
        InputStream in = client.getInputStream();
        OutputStream out = target.getOutputStream();
        for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
          marked |= new String(bytes, 0, read, StandardCharsets.ISO_8859_1).contains(mark);
          out.write(bytes, 0, read);
          out.flush();
        }
      } finally {
        end(client, target);
      }
    }

    void toClient() throws IOException {
      byte[] bytes = new byte[SMALL_BUFFER_BYTES];
      try {
        InputStream in = target.getInputStream();
        OutputStream out = client.getOutputStream();
        while (mayRead()) {
          int read = in.read(bytes);
          if (read < 0 || !mayRead()) {
            return;
          }
          boolean cut = read > 2 * KEPT_BACK_BYTES && isCut();
          out.write(bytes, 0, cut ? read - KEPT_BACK_BYTES : read);
          out.flush();
          if (cut) {
            cuts.incrementAndGet();
            return;
          }
        }
      } finally {
        end(client, target);
      }
    }

    private boolean isCut() {
      lock.lock();
      try {
        return cutting && marked;
      } finally {
        lock.unlock();
      }
    }

    private boolean mayRead() {
      lock.lock();
      try {
        while (stalled && marked) {
          released.awaitUninterruptibly();
        }
        return !server.isClosed();
      } finally {
        lock.unlock();
      }
    }
  }
}
