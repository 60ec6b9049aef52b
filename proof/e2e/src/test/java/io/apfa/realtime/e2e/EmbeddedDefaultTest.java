package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * {@code make run} without a broker: an embedded Redis and a demo workload that die with the JVM.
 */
class EmbeddedDefaultTest {
  @Test
  void shouldShowSuccessFailureRetryProgressAndAGroupWithinTheFirstMinuteAndLeaveNothingBehind()
      throws Exception {
    try (ApfaProcess node = ApfaProcess.start(Map.of())) {
      node.awaitReady();
      assertThat(node.output()).contains("http://127.0.0.1:" + node.httpPort());
      try (Browser browser = Browser.open(node.url("/tasks"))) {
        for (String state : List.of("SUCCESS", "FAILURE", "STARTED", "REVOKED")) {
          await(state + " within the first minute")
              .atMost(Duration.ofMinutes(1))
              .until(
                  () ->
                      !ApfaProcess.get(node.url("/api/v1/tasks?limit=1&state=" + state))
                          .contains("\"total\":0"));
        }
        await("the page is live")
            .atMost(Duration.ofSeconds(20))
            .until(() -> browser.connection().equals("live"));
        browser.screenshot("demo");
      }
      List<ProcessHandle> children = node.process().descendants().toList();
      assertThat(children).isNotEmpty();
      node.process().destroyForcibly().waitFor();
      await("no process left behind after kill -9")
          .atMost(Duration.ofSeconds(15))
          .until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }
  }

  @Test
  void shouldStopCleanlyOnSigterm() throws Exception {
    try (ApfaProcess node = ApfaProcess.start(Map.of())) {
      node.awaitReady();
      List<ProcessHandle> children = node.process().descendants().toList();
      node.process().destroy();
      assertThat(node.process().waitFor(25, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
      await("no process left behind")
          .atMost(Duration.ofSeconds(5))
          .until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }
  }
}
