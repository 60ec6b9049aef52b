package io.apfa.realtime.e2e;

import io.apfa.realtime.testkit.FreePort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The whole system, in one JVM or with one role in each of four. Confined to the test's thread. */
final class Nodes implements AutoCloseable {
  private final List<ApfaProcess> processes;
  private final ApfaProcess gateway;

  private Nodes(List<ApfaProcess> processes, ApfaProcess gateway) {
    this.processes = processes;
    this.gateway = gateway;
  }

  /** All roles in one JVM. */
  static Nodes oneJvm(String brokerUrl) {
    ApfaProcess node = ApfaProcess.start(Map.of("APFA_BROKER_URL", brokerUrl));
    return new Nodes(List.of(node), node).awaitReady();
  }

  /** One role in each of four JVMs, clustered over loopback. */
  static Nodes fourJvms(String brokerUrl) {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ports.add(FreePort.find());
    }
    String members = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    List<ApfaProcess> processes = new ArrayList<>();
    ApfaProcess gateway = null;
    List<String> roles = List.of("broadcaster", "ratelimit", "celery-bridge", "gateway");
    for (int i = 0; i < roles.size(); i++) {
      Map<String, String> environment = new HashMap<>();
      environment.put("APFA_BROKER_URL", brokerUrl);
      environment.put("APFA_CLUSTER_ENABLED", "true");
      environment.put("APFA_CLUSTER_MEMBERS", members);
      environment.put("APFA_CLUSTER_PORT", Integer.toString(ports.get(i)));
      ApfaProcess process = ApfaProcess.start(environment, "--roles=" + roles.get(i));
      processes.add(process);
      gateway = process;
    }
    return new Nodes(processes, gateway).awaitReady();
  }

  private Nodes awaitReady() {
    try {
      processes.forEach(ApfaProcess::awaitReady);
      return this;
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The node that browsers reach. */
  ApfaProcess gateway() {
    return gateway;
  }

  @Override
  public void close() {
    processes.parallelStream().forEach(ApfaProcess::close);
  }
}
