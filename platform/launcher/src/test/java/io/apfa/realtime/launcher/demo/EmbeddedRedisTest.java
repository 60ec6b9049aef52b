package io.apfa.realtime.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class EmbeddedRedisTest {
  /** The child JVM of the tests below: starts a Redis, says where, and waits to be killed. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] arguments) throws IOException {
      EmbeddedRedis redis = EmbeddedRedis.start(new SearchPath(arguments[0]));
      System.out.println("PORT " + redis.port());
      System.out.println(System.in.read());
    }
  }

  @Test
  void shouldUseTheServerOnThePathAndEndOnClose() {
    int port;
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      port = redis.port();
      assertThat(redis.url()).isEqualTo("redis://127.0.0.1:" + port + "/0");
      assertThat(accepts(port)).isTrue();
      assertThat(redis.isAlive()).isTrue();
    }
    assertThat(accepts(port)).isFalse();
  }

  @Test
  void shouldUseTheBinaryOfTheArtifactWhereThePathHasNone() {
    int port;
    Path binary;
    try (EmbeddedRedis redis = EmbeddedRedis.start(new SearchPath(""))) {
      port = redis.port();
      binary = Path.of(redis.executable());
      assertThat(binary).exists();
      assertThat(accepts(port)).isTrue();
    }
    assertThat(accepts(port)).isFalse();
    assertThat(binary.getParent()).as("its folder").doesNotExist();
  }

  @Test
  void shouldLeaveNoRedisBehindWhenTheJvmIsKilled() throws Exception {
    killAndExpectNothingBehind(SearchPath.ofEnvironment().folders());
  }

  @Test
  void shouldLeaveNoExtractedRedisBehindWhenTheJvmIsKilled() throws Exception {
    killAndExpectNothingBehind("");
  }

  private static void killAndExpectNothingBehind(String path) throws Exception {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                path)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int port;
    List<ProcessHandle> children;
    try (BufferedReader output = jvm.inputReader(StandardCharsets.UTF_8)) {
      port = portOf(output);
      children = jvm.descendants().toList();
      assertThat(accepts(port)).isTrue();
      assertThat(children).as("the shell, its watcher and redis-server").hasSize(3);
    } finally {
      jvm.destroyForcibly().waitFor();
    }

    Awaitility.await("the end of all it started")
        .atMost(5, TimeUnit.SECONDS)
        .until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    try (ServerSocket again = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(again.isBound()).as("the port is free").isTrue();
    }
  }

  private static int portOf(BufferedReader output) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("PORT ")) {
        return Integer.parseInt(line.substring("PORT ".length()));
      }
    }
    throw new AssertionError("the child JVM ended without a Redis");
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
