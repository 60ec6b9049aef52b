package io.apfa.realtime.launcher;

import java.util.List;
import java.util.stream.Stream;

/**
 * The keys of {@code conf/apfa.yaml}, for the environment variables that override them.
 *
 * <p>Immutable.
 */
final class KnownKeys {
  /** What a source of its own has under {@code sources.NAME.}, as {@code broker.} has it. */
  static final List<String> OF_A_SOURCE =
      List.of(
          "url",
          "result-backend-url",
          "global-keyprefix",
          "fanout-prefix",
          "fanout-patterns",
          "sep",
          "priority-steps",
          "task-serializer",
          "event-exchange",
          "control-exchange");

  static final List<String> ALL =
      Stream.concat(
              OF_A_SOURCE.stream().map(key -> "broker." + key),
              Stream.of(
                  "redact.patterns",
                  "trigger.allow",
                  "commands.deadline",
                  "state.url",
                  "state.key-prefix",
                  "state.max-bytes",
                  "cluster.enabled",
                  "cluster.members",
                  "cluster.dns",
                  "cluster.host",
                  "cluster.port",
                  "gateway.http.host",
                  "gateway.http.port",
                  "gateway.http.tls.cert",
                  "gateway.http.tls.key",
                  "gateway.trusted-proxies",
                  "gateway.allowed-origins",
                  "gateway.allowed-hosts",
                  "management.host",
                  "management.port",
                  "management.max-event-lag",
                  "tracing.endpoint",
                  "tracing.sample-ratio",
                  "tracing.command-sample-ratio",
                  "tracing.service-name",
                  "auth.mode",
                  "auth.jwt.secret",
                  "auth.jwt.jwks",
                  "auth.jwt.issuer",
                  "auth.jwt.audience",
                  "auth.jwt.login-url",
                  "limits.file",
                  "broadcaster.table.max-tasks",
                  "broadcaster.lease-ttl"))
          .toList();

  private KnownKeys() {}
}
