package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.testkit.FreePort;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.net.SelfSignedCertificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Brokers behind TLS, with a certificate that no CA of the JDK signed; each with a real worker. */
class TlsBrokersTest {
  private static SelfSignedCertificate certificate;

  @BeforeAll
  static void create() {
    certificate = SelfSignedCertificate.create("localhost");
  }

  @AfterAll
  static void delete() {
    certificate.delete();
  }

  @Test
  void shouldHearAndCommandThroughAmqps() {
    try (RabbitServer rabbit =
        RabbitServer.startTls(certificate.certificatePath(), certificate.privateKeyPath())) {
      assertWorks(
          rabbit.url() + "?ssl_ca_certs=" + certificate.certificatePath(), rabbit.url(), "");
      assertConnects(rabbit.url() + "?ssl_cert_reqs=none");
      try (BridgeHarness strict = BridgeHarness.start(rabbit.url())) {
        await().during(1500, TimeUnit.MILLISECONDS).until(() -> !strict.isConnected());
      }
      String byAddress = rabbit.url().replace("localhost", "127.0.0.1");
      try (BridgeHarness other =
          BridgeHarness.start(byAddress + "?ssl_ca_certs=" + certificate.certificatePath())) {
        await().during(1500, TimeUnit.MILLISECONDS).until(() -> !other.isConnected());
      }
      assertConnects(
          byAddress + "?ssl_check_hostname=false&ssl_ca_certs=" + certificate.certificatePath());
    }
  }

  @Test
  @SuppressWarnings("try") // the Redis only has to be there
  void shouldHearAndCommandThroughRediss() {
    int port = FreePort.find();
    try (RedisServer redis =
        RedisServer.start(
            "--tls-port",
            Integer.toString(port),
            "--tls-cert-file",
            certificate.certificatePath(),
            "--tls-key-file",
            certificate.privateKeyPath(),
            "--tls-ca-cert-file",
            certificate.certificatePath(),
            "--tls-auth-clients",
            "yes")) {
      String url =
          "rediss://localhost:"
              + port
              + "/0?ssl_cert_reqs=required&ssl_ca_certs="
              + certificate.certificatePath()
              + "&ssl_certfile="
              + certificate.certificatePath()
              + "&ssl_keyfile="
              + certificate.privateKeyPath();
      assertWorks(url, url, url);
    }
  }

  private static void assertConnects(String url) {
    try (BridgeHarness bridge = BridgeHarness.start(url)) {
      await().atMost(20, TimeUnit.SECONDS).until(bridge::isConnected);
    }
  }

  private static void assertWorks(String url, String celeryUrl, String backendUrl) {
    try (BridgeHarness bridge = BridgeHarness.start(url, Map.of("commands.deadline", "5s"));
        CeleryApp celery =
            new CeleryApp(celeryUrl, backendUrl).with("ORDERS_CA", certificate.certificatePath())) {
      await().atMost(20, TimeUnit.SECONDS).until(bridge::isConnected);
      bridge.awaitForwarding();
      CeleryApp.Worker worker = celery.startWorker("w1@tls", "-P", "solo");
      String uuid = celery.send("orders.add", "[2, 3]");
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> bridge.owner.hasTask(uuid, "task-succeeded"));
      for (Command command :
          List.of(
              new Command.Ping(),
              new Command.Revoke(List.of("over-tls"), false, "SIGTERM"),
              new Command.Trigger("orders.add", "[1, 1]", "{}", null, -1, Double.NaN, -1))) {
        Update.CommandUpdate ended = bridge.owner.command(bridge.runToEnd(command));
        assertThat(ended.status()).as("%s", ended).isEqualTo(CommandStatus.CONFIRMED);
      }
      assertThat(worker.log()).contains("Tasks flagged as revoked: over-tls");
    }
  }
}
