package io.apfa.realtime.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A script of {@code peers} in a Node of its own that is told what to do, one line each, and
 * answers in one line of JSON: a page in a real Chromium, or many clients. Confined to the bench's
 * thread.
 */
final class NodeProbe implements AutoCloseable {
  private final String script;
  private final Process process;
  private final BufferedReader answers;

  private NodeProbe(String script, String... arguments) throws IOException {
    this.script = script;
    List<String> command = new ArrayList<>();
    command.addAll(List.of("node", Path.of("proof", "bench", "peers", script).toString()));
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts {@code script} and waits until it says that it is ready. */
  static NodeProbe open(String script, String... arguments) throws IOException {
    NodeProbe probe = new NodeProbe(script, arguments);
    try {
      probe.answer();
    } catch (IOException e) {
      probe.close();
      throw e;
    }
    return probe;
  }

  /** What it answers to {@code command}, by name, in the order it says it. */
  Map<String, Object> ask(String command) throws IOException {
    process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    return answer();
  }

  private Map<String, Object> answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException(script + " ended");
    }
    Map<String, Object> said = new LinkedHashMap<>();
    try (JsonParser in = new JsonFactory().createParser(line)) {
      in.nextToken();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        JsonToken value = in.nextToken();
        said.put(name, value.isNumeric() ? in.getNumberValue() : in.getText());
      }
    }
    return said;
  }

  @Override
  public void close() throws IOException {
    // the end of its input ends it, and a browser with it
    process.getOutputStream().close();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
