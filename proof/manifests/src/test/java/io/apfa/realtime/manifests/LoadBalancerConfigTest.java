package io.apfa.realtime.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load balancers read their files; that sessions survive behind them is in proof/e2e. */
class LoadBalancerConfigTest {
  private static final Path FOLDER = Manifests.ROOT.resolve("conf/loadbalancer");

  @Test
  void shouldBeReadByHaproxy() {
    Commands.Result result =
        Commands.run(
            Map.of(),
            List.of("/usr/sbin/haproxy", "-c", "-f", FOLDER.resolve("haproxy.cfg").toString()));
    assertThat(result.status()).as(result.complained()).isZero();
  }

  @Test
  void shouldBeReadByNginx(@TempDir Path folder) {
    Commands.Result result =
        Commands.run(
            Map.of(),
            List.of(
                "/usr/sbin/nginx",
                "-t",
                "-p",
                folder.toString(),
                "-c",
                FOLDER.resolve("nginx.conf").toString(),
                "-g",
                "pid " + folder.resolve("pid") + "; error_log stderr;"));
    assertThat(result.status()).as(result.complained()).isZero();
  }
}
