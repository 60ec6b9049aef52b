package io.apfa.realtime.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.UserRole;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.CurrentLimits;
import io.apfa.realtime.runtime.Directory;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.SystemTicker;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.runtime.trace.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateLimitVerticleTest {
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  @TempDir Path folder;
  private Vertx vertx;
  private Node node;

  @BeforeEach
  void openNode() {
    vertx = Vertx.vertx();
    Clock clock = new SystemClock();
    NodeId id = new NodeId("n1");
    Bus bus = get(Bus.open(vertx, id));
    node =
        new Node(
            id,
            bus,
            Directory.open(vertx, bus, Set.of(Role.RATELIMIT), new SystemTicker(), clock),
            new MemoryStateStore(clock),
            CurrentLimits.open(vertx, bus),
            new SystemTicker(),
            clock,
            new SimpleMeterRegistry(),
            Tracing.OFF);
  }

  @AfterEach
  void close() {
    get(vertx.close());
  }

  @Test
  void shouldApplyAChangeOfThePlainFileWithinTwoSecondsAndKeepItWhenTheNextIsNonsense()
      throws IOException {
    Path file = folder.resolve("limits.yaml");
    Files.writeString(file, "session: {burst: 30}");
    deploy(file);
    awaitBurst(30);
    Files.writeString(file, "session: {burst: 40}");
    awaitBurst(40);
    Files.writeString(file, "session: {burst: nonsense}");
    await()
        .atMost(TWO_SECONDS)
        .until(() -> String.valueOf(node.limits().announcement().error()).contains("nonsense"));
    assertThat(node.limits().get().get(LimitKey.SESSION_BURST)).isEqualTo(40);
    assertThat(node.limits().announcement().version()).isEqualTo(2);
    BusMessage.LimitsRecord record =
        get(
            node.bus()
                .request(
                    node.id(),
                    new BusMessage.LimitsQuery(),
                    BusMessage.LimitsRecord.class,
                    TWO_SECONDS));
    assertThat(record.file()).isEqualTo(file.toString());
    assertThat(record.entries())
        .extracting(BusMessage.LimitsRecord.Entry::refused)
        .containsExactly(true, false, false);
    assertThat(record.entries().get(1).lines()).containsExactly("session.burst: 30 -> 40");
  }

  @Test
  void shouldFollowTheSymlinkSwapOfAConfigMap() throws IOException {
    Path first = Files.createDirectory(folder.resolve("..2026_11_24_1"));
    Files.writeString(first.resolve("limits.yaml"), "session: {burst: 31}");
    Path data = Files.createSymbolicLink(folder.resolve("..data"), first.getFileName());
    Path file =
        Files.createSymbolicLink(folder.resolve("limits.yaml"), Path.of("..data", "limits.yaml"));
    deploy(file);
    awaitBurst(31);
    Path second = Files.createDirectory(folder.resolve("..2026_11_24_2"));
    Files.writeString(second.resolve("limits.yaml"), "session: {burst: 32}");
    Path swap = Files.createSymbolicLink(folder.resolve("..data_tmp"), second.getFileName());
    Files.move(swap, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    awaitBurst(32);
  }

  @Test
  void shouldRunOnDefaultsAndSaySoWhenThereIsNoFile() {
    deploy(folder.resolve("none.yaml"));
    await()
        .atMost(TWO_SECONDS)
        .until(() -> String.valueOf(node.limits().announcement().error()).contains("none.yaml"));
    assertThat(node.limits().get().get(LimitKey.SESSION_BURST)).isEqualTo(20);
  }

  @Test
  void shouldGrantPermitsOfAClusterWideBudgetUpToItsBurst() throws IOException {
    Path file = folder.resolve("limits.yaml");
    Files.writeString(file, "commands: {burst-per-user: 5, per-second-per-user: 0.01}");
    deploy(file);
    await().atMost(TWO_SECONDS).until(() -> node.limits().announcement().version() == 1);
    assertThat(permits(0, 4)).isEqualTo(4);
    assertThat(permits(4, 4)).isEqualTo(1);
    assertThat(permits(1, 4)).isZero();
  }

  @Test
  void shouldAnnounceAChangeOfOverridesWithinTwoSecondsAndGrantByThem() throws IOException {
    Path file = folder.resolve("limits.yaml");
    Files.writeString(file, "");
    deploy(file);
    await().atMost(TWO_SECONDS).until(() -> node.limits().announcement().version() == 1);
    Files.writeString(
        file, "overrides: {users: {alice: {session.burst: 3, commands.burst-per-user: 2}}}");
    await()
        .atMost(TWO_SECONDS)
        .until(
            () ->
                node.limits()
                        .policy()
                        .ofUser("alice", UserRole.OPERATOR)
                        .get(LimitKey.SESSION_BURST)
                    == 3);
    assertThat(node.limits().get().get(LimitKey.SESSION_BURST)).isEqualTo(20);
    assertThat(permits(0, 4)).isEqualTo(2);
  }

  private double permits(double spent, double wanted) {
    return get(node.bus()
            .request(
                node.id(),
                new BusMessage.PermitRequest(node.id(), "user:alice", spent, wanted, "operator", 0),
                BusMessage.PermitReply.class,
                TWO_SECONDS))
        .granted();
  }

  private void deploy(Path file) {
    get(vertx.deployVerticle(new RateLimitVerticle(node, new RateLimitOptions(file))));
  }

  private void awaitBurst(double burst) {
    await("burst " + burst)
        .atMost(TWO_SECONDS)
        .until(() -> node.limits().get().get(LimitKey.SESSION_BURST) == burst);
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
