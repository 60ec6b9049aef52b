package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The pages in a real browser on a real system that asks for tokens, with a real worker: one system
 * for all tests, as each works with tasks of its own.
 */
class PagesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Path SCRIPTS = Processes.ROOT.resolve("proof/e2e/browser");

  private static RedisServer redis;
  private static Nodes nodes;
  private static CeleryApp celery;

  @BeforeAll
  static void start() throws IOException {
    Path limits = Files.createTempFile("apfa-e2e-limits", ".yaml");
    limits.toFile().deleteOnExit();
    // Who is called hasty has one command, and then none for a long time.
    Files.writeString(
        limits,
        "overrides:\n  users:\n    hasty: {commands.per-second-per-user: 0.01,"
            + " commands.burst-per-user: 1}\n");
    Map<String, String> environment = new HashMap<>(Tokens.required());
    environment.put("APFA_LIMITS_FILE", limits.toString());
    redis = RedisServer.start();
    nodes = Nodes.oneJvm(redis.url(), environment);
    celery = CeleryApp.start(redis.url());
  }

  @AfterAll
  static void stop() {
    if (celery != null) {
      celery.close();
    }
    if (nodes != null) {
      nodes.close();
    }
    if (redis != null) {
      redis.close();
    }
  }

  @Test
  void shouldAskForATokenAndOfferAViewerNothingThatIsRefused() {
    String waiting = celery.publish("late").get("late").get(0);
    try (Browser browser = Browser.open(url("/tasks"))) {
      browser.awaitElement("[data-testid=sign-in]");
      browser.fill("[data-testid=\"sign-in\"]>>textarea", "not.a.token");
      browser.click("[data-testid=\"sign-in\"] button[type=submit]");
      browser.awaitElement("[data-testid=sign-in] [role=alert]");

      signIn(browser, "ada", "viewer");
      browser.awaitRow(waiting, "RECEIVED");
      assertThat(browser.evaluate("document.querySelector('[data-testid^=revoke-]')"))
          .isEqualTo("null");
      assertThat(browser.evaluate("document.cookie + JSON.stringify({ ...localStorage })"))
          .as("the token is where no script can read it")
          .doesNotContain(Tokens.of("ada", "viewer").substring(0, 60));
      assertThat(
              browser.evaluate(
                  "fetch('/api/v1/tasks/"
                      + waiting
                      + "/revoke', { method: 'POST', body: '{}', headers: { 'Content-Type':"
                      + " 'application/json', 'X-CSRF-Token':"
                      + " JSON.parse(localStorage['apfa-session']).csrfToken } }).then(async (a) =>"
                      + " `${a.status} ${(await a.json()).detail}`)"))
          .contains("403", "viewer");
      browser.go(url("/commands"));
      browser.awaitTrue("document.body.innerText.includes('The audit is not for your role')");

      browser.tab(url("/workers"));
      browser.awaitElement("[data-testid=worker-card][data-status=online]");
      assertThat(browser.text())
          .as("another tab is the same viewer")
          .contains("e2e@worker")
          .doesNotContain("Shut down");
      assertThat(browser.complaints()).isEqualTo("[]");
    }
  }

  @Test
  void shouldShowARevokeInThreePhasesAndTakeBackOneThatIsRefusedAtOnce() {
    List<String> waiting = celery.publish("late", "late").get("late");
    String allowed = waiting.get(0);
    String refused = waiting.get(1);
    try (Browser browser = Browser.open(url("/tasks"))) {
      signIn(browser, "hasty", "operator");
      browser.awaitRow(allowed, "RECEIVED");
      browser.awaitRow(refused, "RECEIVED");
      browser.run(SCRIPTS.resolve("phases.js"));

      browser.click("[data-testid=\"revoke-" + allowed + "\"]");
      await("the worker's own word")
          .atMost(SOON)
          .until(() -> browser.phase(allowed).equals("confirmed"));
      browser.click("[data-testid=\"revoke-" + refused + "\"]");
      await("the server's refusal")
          .atMost(SOON)
          .until(() -> browser.phase(refused).equals("failed"));

      browser.awaitRow(refused, "RECEIVED");
      assertThat(phases(browser, allowed))
          .containsSubsequence("instant REVOKED busy", "pending REVOKED busy")
          .last(InstanceOfAssertFactories.STRING)
          .startsWith("confirmed ")
          .doesNotContain("busy");
      assertThat(phases(browser, refused))
          .containsExactly("instant REVOKED busy", "failed RECEIVED");
      assertThat(browser.toasts())
          .contains("revoke: confirmed", "revoke failed: ", "limit reached")
          .doesNotContain("was dropped");
      assertThat(celery.log())
          .contains("flagged as revoked: " + allowed)
          .doesNotContain("flagged as revoked: " + refused);
      assertThat(browser.complaints()).isEqualTo("[]");
    }
  }

  @Test
  void shouldShowTheSameOnEveryPage() {
    Map<String, List<String>> uuids =
        celery.publish("add", "fail", "flaky", "progress", "late", "chain", "group");
    String failed = uuids.get("fail").get(0);
    List<String> chain = uuids.get("chain");
    try (Browser browser = Browser.open(url("/tasks"))) {
      signIn(browser, "root", "admin");
      browser.awaitRow(failed, "FAILURE");
      browser.awaitRow(uuids.get("flaky").get(0), "SUCCESS");
      browser.awaitRow(chain.get(2), "SUCCESS");
      judge(browser, "tasks");
      browser.click("[role=columnheader][col-id=runtime]");
      browser.awaitTrue("location.search === '?sort=-runtime'");
      browser.awaitElement(
          ".ag-row[row-index=\"0\"][data-uuid=\"" + uuids.get("progress").get(0) + "\"]");
      browser.awaitElement("[role=columnheader][col-id=runtime][aria-sort=descending]");

      browser.go(url("/tasks/" + failed));
      browser.awaitElement("[data-testid=task-detail][data-state=FAILURE]");
      browser.awaitTrue(
          "document.querySelector('[data-testid=timeline]')?.innerText.includes('failed')");
      assertThat(browser.text()).contains("ValueError", "Traceback", "e2e@worker");
      judge(browser, "task");

      browser.go(url("/tasks/" + chain.get(1)));
      for (String uuid : chain) {
        browser.awaitElement("[data-testid=canvas-node][data-uuid=\"" + uuid + "\"]");
        browser.awaitElement(
            "[data-testid=canvas-node][data-uuid=\"" + uuid + "\"][data-state=SUCCESS]");
      }
      judge(browser, "canvas");

      String group = groupOf(uuids.get("group").get(0));
      browser.go(url("/groups"));
      browser.awaitElement(
          "[data-testid=group-progress][data-group=\"" + group + "\"][data-percent=\"100\"]");
      judge(browser, "groups");
      browser.go(url("/groups/" + group));
      for (String uuid : uuids.get("group")) {
        browser.awaitElement("main a[href$=\"" + uuid + "\"]");
      }
      judge(browser, "group");

      browser.go(url("/queues"));
      browser.awaitElement("[data-testid=queue-card][data-queue=celery]");
      judge(browser, "queues");

      browser.go(url("/workers"));
      browser.awaitElement(
          "[data-testid=worker-card][data-hostname=\"e2e@worker\"][data-status=online]");
      browser.awaitTrue("document.querySelector('[role=meter]')?.ariaValueMax === '4'");
      judge(browser, "workers");

      browser.go(url("/overview"));
      browser.awaitTrue("document.querySelector('table a')?.innerText === 'e2e.fail'");
      judge(browser, "overview");

      browser.go(url("/limits"));
      browser.awaitElement("[data-testid=limits-version]");
      browser.awaitTrue("document.body.innerText.includes('session.messages-per-second')");
      browser.awaitTrue(
          "document.querySelector('[data-testid=overrides]')?.innerText.includes('hasty')");
      judge(browser, "limits");

      browser.go(url("/doctor"));
      browser.awaitTrue(
          "document.querySelectorAll('[data-testid=finding][data-grade=good]').length === 7");
      judge(browser, "doctor");

      browser.go(url("/commands"));
      browser.awaitElement("[data-testid=audit]");
      browser.fill("main>>input[required]", "e2e.add");
      browser.fill("main>>input>>nth=1", "[20, 3]");
      browser.click("main button[type=submit]");
      browser.awaitTrue(
          "document.querySelector('[data-testid=audit]')?.innerText.includes('confirmed')");
      assertThat(browser.text()).contains("root", "trigger");
      judge(browser, "commands");
    }
  }

  @Test
  void shouldServeTheStockClientsBesideOursInTheSamePage() throws Exception {
    Path packages = installStockClients();
    try (Browser browser = Browser.open(url("/tasks"))) {
      signIn(browser, "grace", "admin");
      browser.run(packages.resolve("sockjs-client/dist/sockjs.min.js"));
      browser.run(packages.resolve("@vertx/eventbus-bridge-client.js/vertx-eventbus.js"));
      browser.run(SCRIPTS.resolve("stock.js"));
      List<String> transports = List.of("websocket", "xhr-streaming", "xhr-polling");
      for (String transport : transports) {
        browser.awaitTrue("apfaStock.buses['" + transport + "']");
        browser.evaluate("apfaStock.send('" + transport + "', 'celery.ping', {})");
      }
      browser.awaitTrue("apfaStock.replies.length === 3");

      Map<String, List<String>> uuids = celery.publish("add", "fail", "flaky", "sleep", "group");
      String running = uuids.get("sleep").get(0);
      browser.awaitRow(running, "STARTED");
      browser.evaluate(
          "apfaStock.send('xhr-polling', 'celery.revoke', { uuid: '"
              + running
              + "', terminate: true })");

      Map<String, String> ends = new HashMap<>();
      uuids.forEach(
          (scenario, ofScenario) ->
              ofScenario.forEach(
                  uuid ->
                      ends.put(
                          uuid,
                          switch (scenario) {
                            case "fail" -> "FAILURE";
                            case "sleep" -> "REVOKED";
                            default -> "SUCCESS";
                          })));
      ends.forEach(browser::awaitRow);
      for (String transport : transports) {
        await("the stock client over " + transport)
            .atMost(SOON)
            .untilAsserted(
                () ->
                    assertThat(
                            new JsonObject(
                                    browser.evaluate("apfaStock.states['" + transport + "']"))
                                .getMap())
                        .containsAllEntriesOf(ends));
      }
      JsonArray replies = new JsonArray(browser.evaluate("apfaStock.replies"));
      assertThat(replies.getJsonObject(3).getString("commandId")).as("of the revoke").isNotEmpty();
      assertThat(browser.evaluate("apfaStock.unasked")).isEqualTo("[]");
      assertThat(browser.connection()).isEqualTo("live");
      assertThat(browser.gaps()).isEmpty();
      assertThat(browser.complaints()).isEqualTo("[]");
    }
  }

  /** What the row of a task showed, one after the other, with each phase of its command. */
  private static List<String> phases(Browser browser, String uuid) {
    return new JsonObject(browser.evaluate("apfaPhases"))
        .getJsonArray(uuid).stream().map(String::valueOf).toList();
  }

  /** Nothing serious for those who cannot see or point, no error, and a picture to look at. */
  private static void judge(Browser browser, String page) {
    assertThat(browser.barriers()).as(page).isEqualTo("[]");
    assertThat(browser.complaints()).as(page).isEqualTo("[]");
    browser.screenshot("page-" + page);
  }

  private static void signIn(Browser browser, String user, String role) {
    browser.awaitElement("[data-testid=sign-in]");
    browser.fill("[data-testid=\"sign-in\"]>>textarea", Tokens.of(user, role));
    browser.click("[data-testid=\"sign-in\"] button[type=submit]");
    browser.awaitConnection("live");
  }

  private static String groupOf(String uuid) {
    return new JsonObject(ApfaProcess.get(url("/api/v1/tasks/" + uuid), Tokens.of("t", "admin")))
        .getString("group_id");
  }

  /** The stock clients as the gateway's own tests have them: from npm, unchanged. */
  private static Path installStockClients() throws IOException, InterruptedException {
    Path source = Processes.ROOT.resolve("gateway-verticle/src/test/js");
    Path folder = Processes.ROOT.resolve("proof/e2e/target/stock-clients");
    Files.createDirectories(folder);
    for (String name : List.of("package.json", "package-lock.json", ".npmrc")) {
      Files.copy(source.resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
    Path output = Processes.temporaryFile("npm");
    Process npm =
        Processes.start(
            List.of("npm", "ci", "--prefer-offline", "--prefix", folder.toString()),
            Map.of(),
            output);
    assertThat(npm.waitFor()).as(Processes.output(output)).isZero();
    return folder.resolve("node_modules");
  }

  private static String url(String path) {
    return nodes.gateway().url(path);
  }
}
