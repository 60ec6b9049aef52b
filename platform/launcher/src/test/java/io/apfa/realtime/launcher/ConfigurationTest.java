package io.apfa.realtime.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationTest {
  private static final Path SHIPPED = Path.of(System.getProperty("apfa.root"), "conf", "apfa.yaml");
  private static final CommandLine ALL_ROLES = CommandLine.parse();

  @TempDir Path folder;

  @Test
  void shouldSpellOutEveryDefaultInTheShippedFile() {
    Map<String, String> values = ConfigurationFile.read(SHIPPED, Map.of());
    Configuration shipped = Configuration.from(values, ALL_ROLES);
    Configuration defaults = Configuration.from(Map.of(), ALL_ROLES);
    assertThat(values.keySet()).containsExactlyInAnyOrderElementsOf(KnownKeys.ALL);
    assertThat(shipped).usingRecursiveComparison().ignoringFields("values").isEqualTo(defaults);
  }

  @Test
  void shouldLetTheEnvironmentOverrideAnyKey() throws IOException {
    Path file = folder.resolve("apfa.yaml");
    Files.writeString(file, "broker:\n  url: redis://file:6379/0\n");
    Map<String, String> values =
        ConfigurationFile.read(
            file,
            Map.of(
                "APFA_BROKER_URL", "redis://environment:6379/1",
                "APFA_GATEWAY_HTTP_PORT", "8081",
                "APFA_STATE_KEY_PREFIX", "mine:",
                "APFA_SOURCES_ORDERS_URL", "redis://orders:6379/0",
                "APFA_LOG_LEVEL", "DEBUG",
                "HOME", "elsewhere"));
    Configuration configuration = Configuration.from(values, ALL_ROLES);
    assertThat(configuration.brokerUrl()).isEqualTo("redis://environment:6379/1");
    assertThat(configuration.stateKeyPrefix()).isEqualTo("mine:");
    assertThat(configuration.sources()).containsExactly("celery", "orders");
    assertThat(configuration.values()).containsEntry("gateway.http.port", "8081");
  }

  @Test
  void shouldTellEveryProblemAtOnceWithKeyValueAndWhatWasExpected() {
    Map<String, String> values = new TreeMap<>();
    values.put("management.port", "http");
    values.put("cluster.enabled", "yes");
    values.put("commands.deadline", "10");
    values.put("gateway.http.prot", "8080");
    assertThatThrownBy(() -> Configuration.from(values, ALL_ROLES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "management.port: \"http\" (expected: a whole number from 0 to 65535)")
        .hasMessageContaining("cluster.enabled: \"yes\" (expected: true or false)")
        .hasMessageContaining("commands.deadline: \"10\" (expected: a duration such as 500ms")
        .hasMessageContaining("gateway.http.prot: \"8080\" (expected: a known key");
  }

  @Test
  void shouldRefuseACollectorThatIsNoUrlAndAShareThatIsNone() {
    assertThatThrownBy(
            () ->
                Configuration.from(
                    Map.of(
                        "tracing.endpoint", "collector:4318",
                        "tracing.sample-ratio", "10%",
                        "tracing.command-sample-ratio", "1.5",
                        "tracing.service-name", " "),
                    ALL_ROLES))
        .hasMessageContaining(
            "tracing.endpoint: \"collector:4318\" (expected: empty, or http:// or https:// and a"
                + " collector's host, as in http://collector:4318)")
        .hasMessageContaining("tracing.sample-ratio: \"10%\" (expected: a number from 0 to 1)")
        .hasMessageContaining(
            "tracing.command-sample-ratio: \"1.5\" (expected: a number from 0 to 1)")
        .hasMessageContaining("tracing.service-name: \"\" (expected: a name)");
    assertThatThrownBy(
            () ->
                Configuration.from(
                    Map.of("tracing.endpoint", "http://me:hunter2@collector:4318"), ALL_ROLES))
        .hasMessageContaining("tracing.endpoint: \"…\" (expected: ")
        .hasMessageNotContaining("hunter2");
    assertThat(Configuration.from(Map.of(), ALL_ROLES).tracing().isOn()).isFalse();
  }

  @Test
  void shouldRefuseAClusterWithoutASharedStateStore() {
    assertThatThrownBy(
            () ->
                Configuration.from(
                    Map.of(
                        "cluster.enabled", "true",
                        "broker.url", "redis://broker:6379/0",
                        "state.url", "memory:"),
                    ALL_ROLES))
        .hasMessageContaining("state.url: \"memory:\" (expected: a Redis with cluster.enabled");
    assertThatThrownBy(() -> Configuration.from(Map.of("cluster.enabled", "true"), ALL_ROLES))
        .hasMessageContaining("broker.url: \"\" (expected: a broker with cluster.enabled");
    assertThatThrownBy(
            () ->
                Configuration.from(
                    Map.of("cluster.enabled", "true", "broker.url", "amqp://rabbit:5672//"),
                    ALL_ROLES))
        .hasMessageContaining("state.url: \"\" (expected: a Redis with cluster.enabled");
  }

  @Test
  void shouldKeepStateInTheBrokerIfItIsARedisElseInMemory() {
    assertThat(stateUrl("redis://broker:6379/0")).isEqualTo("redis://broker:6379/0");
    assertThat(stateUrl("amqp://rabbit:5672//")).isEqualTo("memory:");
  }

  private static String stateUrl(String brokerUrl) {
    return Configuration.from(Map.of("broker.url", brokerUrl), ALL_ROLES).effectiveStateUrl();
  }

  @Test
  void shouldReadRolesAndRefuseUnknownOnesAndUnknownArguments() {
    assertThat(CommandLine.parse("--roles=gateway,celery-bridge").roles())
        .containsExactlyInAnyOrder(Role.GATEWAY, Role.CELERY_BRIDGE);
    assertThatThrownBy(() -> CommandLine.parse("--roles=gatway", "--nonsense"))
        .hasMessageContaining("--roles: \"gatway\" (expected: gateway, broadcaster")
        .hasMessageContaining("--nonsense: unknown argument");
  }

  @Test
  void shouldSayWhatIsWrongWithAFileThatCannotBeReadOrIsNoYaml() throws IOException {
    assertThatThrownBy(() -> ConfigurationFile.read(folder.resolve("none.yaml"), Map.of()))
        .hasMessageContaining("none.yaml\" cannot be read (expected: a readable YAML file)");
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, "a: [");
    assertThatThrownBy(() -> ConfigurationFile.read(file, Map.of()))
        .hasMessageContaining("not YAML");
  }
}
