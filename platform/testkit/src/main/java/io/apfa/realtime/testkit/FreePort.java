package io.apfa.realtime.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds ports for servers that cannot be given port 0. They are below those that systems give to
 * outgoing connections: of thousands of clients, one would take a server's port before the server
 * does. Immutable.
 */
public final class FreePort {
  private static final int LOWEST = 10_240;
  private static final int ABOVE_HIGHEST = 32_768;
  private static final int TRIES = 100;

  private FreePort() {}

  /** A loopback port that was free a moment ago. */
  public static int find() {
    IOException last = new IOException("not tried");
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, ABOVE_HIGHEST);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        last = e;
      }
    }
    throw new UncheckedIOException("no free port", last);
  }
}
