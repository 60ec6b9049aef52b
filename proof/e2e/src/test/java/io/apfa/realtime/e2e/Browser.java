package io.apfa.realtime.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Headless Chromium, driven by {@code proof/e2e/browser/page.mjs}: it is given commands line by
 * line and answers each with one line. All but {@link #tab} and {@link #select} go to the tab
 * opened or selected last. Confined to the test's thread.
 */
final class Browser implements AutoCloseable {
  private final Process process;
  private final Path output = Processes.temporaryFile("browser");
  private int answered;

  private Browser(String url) {
    this.process =
        Processes.start(
            List.of("node", Processes.ROOT.resolve("proof/e2e/browser/page.mjs").toString(), url),
            Map.of(),
            output);
  }

  /** Opens {@code url} and waits until it is loaded. */
  static Browser open(String url) {
    Browser browser = new Browser(url);
    browser.answer(1);
    return browser;
  }

  /** The states of the rows that the page shows, as JSON: {@code {"uuid":"STATE"}}. */
  String rows() {
    return ask("rows");
  }

  /** The page's connection state. */
  String connection() {
    return ask("connection");
  }

  /** Why the connection is in its state, in the page's words. */
  String reason() {
    return ask("reason");
  }

  /** Clicks the first element that matches {@code selector}. */
  String click(String selector) {
    return ask("click " + selector);
  }

  /**
   * Types {@code text} into the first element that matches {@code selector}, which has no space.
   */
  void fill(String selector, String text) {
    ask("fill " + selector + " " + text);
  }

  /** The value of a JavaScript expression in the page, as JSON. */
  String evaluate(String expression) {
    return ask("evaluate " + expression);
  }

  /** Waits until a JavaScript expression is true in the page. */
  void awaitTrue(String expression) {
    await(expression)
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> evaluate("Boolean(" + expression + ")").equals("true"));
  }

  /** Waits until the page has an element that matches {@code selector}. */
  void awaitElement(String selector) {
    awaitTrue("document.querySelector('" + selector + "')");
  }

  /** Runs a script in the page. */
  void run(Path script) {
    ask("run " + script);
  }

  /** What axe finds serious on the page, as JSON. */
  String barriers() {
    return ask("axe");
  }

  /** Since asked last: errors no page may have, and requests to other hosts, as JSON. */
  String complaints() {
    return ask("complaints");
  }

  /** Opens another address in the same page. */
  String go(String url) {
    return ask("go " + url);
  }

  /** The text the page shows. */
  String text() {
    return ask("text");
  }

  /** Waits until the page's connection is in {@code state}. */
  Browser awaitConnection(String state) {
    await("the page is " + state)
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> connection().equals(state));
    return this;
  }

  /** Waits until the page shows the task in {@code state}. */
  void awaitRow(String uuid, String state) {
    await("row " + uuid + " in " + state)
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .until(this::rows, rows -> rows.contains("\"" + uuid + "\":\"" + state + "\""));
  }

  /** The phase of the latest command on a task, as its row says; {@code none} without one. */
  String phase(String uuid) {
    return ask("phase " + uuid);
  }

  /** What the page tells in passing. */
  String toasts() {
    return ask("toasts");
  }

  /** What the page says is missing; empty if nothing is. */
  String gaps() {
    return ask("gaps");
  }

  /** Marks the page, to see with {@link #isMarked} that it was not loaded again. */
  void mark() {
    ask("mark");
  }

  boolean isMarked() {
    return ask("marked").equals("true");
  }

  /** Cuts the browser from all networks, or connects it again. */
  void network(boolean connected) {
    ask("network " + (connected ? "on" : "off"));
  }

  /** Has the page look for its server now, not by its timetable. */
  void wake() {
    ask("wake");
  }

  /** Opens {@code url} in another tab. */
  void tab(String url) {
    ask("tab " + url);
  }

  /** Goes to a tab, by the order in which they were opened. */
  void select(int index) {
    ask("select " + index);
  }

  /** Closes the tab, and goes to the first that is left. */
  void shut() {
    ask("shut");
  }

  /** Keeps a picture of the page in {@code target/screenshots}. */
  void screenshot(String name) {
    ask("screenshot " + Processes.ROOT.resolve("proof/e2e/target/screenshots/" + name + ".png"));
  }

  private String ask(String command) {
    try {
      process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the browser ended:\n" + Processes.output(output), e);
    }
    answered++;
    return answer(answered + 1);
  }

  private String answer(int count) {
    await("browser")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> lines().size() >= count || !process.isAlive());
    List<String> lines = lines();
    if (lines.size() < count) {
      throw new AssertionError("the browser ended:\n" + Processes.output(output));
    }
    String line = lines.get(count - 1);
    if (line.startsWith("error ")) {
      throw new AssertionError("browser: " + line);
    }
    return line;
  }

  private List<String> lines() {
    try {
      String text = Files.readString(output);
      int end = text.lastIndexOf('\n');
      // An empty page's text is an empty line, also as the last one.
      return end < 0 ? List.of() : List.of(text.substring(0, end).split("\n", -1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    Processes.end(process);
  }
}
