package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Task;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The stock {@code @vertx/eventbus-bridge-client.js} over the stock {@code sockjs-client}, from npm
 * and unchanged, in Node.js.
 */
class StockClientTest {
  private static final Path SOURCE =
      Path.of(System.getProperty("apfa.root"), "gateway-verticle", "src", "test", "js");
  private static final Path FOLDER =
      Path.of(System.getProperty("apfa.root"), "gateway-verticle", "target", "stock-clients");

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    Files.createDirectories(FOLDER);
    for (String name : List.of("package.json", "package-lock.json", ".npmrc", "stockClient.js")) {
      Files.copy(SOURCE.resolve(name), FOLDER.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
    Process npm =
        new ProcessBuilder("npm", "ci", "--prefer-offline")
            .directory(FOLDER.toFile())
            .redirectErrorStream(true)
            .redirectOutput(FOLDER.resolve("npm.log").toFile())
            .start();
    assertThat(npm.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(npm.exitValue()).as(Files.readString(FOLDER.resolve("npm.log"))).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "xhr-streaming", "xhr-polling"})
  void shouldServeTheStockClientsUnchanged(String transport) throws IOException {
    try (TestGateway gateway = TestGateway.start()) {
      Process node =
          new ProcessBuilder("node", "stockClient.js", gateway.url("/eventbus"), transport)
              .directory(FOLDER.toFile())
              .redirectError(FOLDER.resolve("node.log").toFile())
              .start();
      try {
        List<JsonObject> seen = new CopyOnWriteArrayList<>();
        Thread reader = new Thread(() -> read(node, seen));
        reader.setDaemon(true);
        reader.start();

        await(seen, "accepted");
        await(seen, "unknown-address");
        assertThat(gateway.commands.get(0).msgId()).isEqualTo("stock-1");
        TestClient probe = gateway.connect();
        probe.register("celery:tasks", "ack", "1");
        probe.next();
        gateway.owner.publish(Task.builder("u1").state("STARTED").args("é").build());
        JsonObject batch = await(seen, "batch").getJsonObject("detail");
        assertThat(batch.getJsonArray("updates")).hasSize(1);
        assertThat(seen).extracting(line -> line.getString("what")).doesNotContain("console");
        assertThat(seen)
            .extracting(line -> line.getString("what"))
            .noneMatch(what -> what.startsWith("unasked"));
      } finally {
        node.destroyForcibly();
      }
    }
  }

  private static JsonObject await(List<JsonObject> seen, String what) {
    Awaitility.await(what)
        .atMost(Duration.ofSeconds(20))
        .until(() -> seen.stream().anyMatch(line -> what.equals(line.getString("what"))));
    return seen.stream().filter(line -> what.equals(line.getString("what"))).findFirst().get();
  }

  private static void read(Process node, List<JsonObject> seen) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (line != null) {
        seen.add(new JsonObject(line));
        line = lines.readLine();
      }
    } catch (IOException e) {
      // the process was ended
    }
  }
}
