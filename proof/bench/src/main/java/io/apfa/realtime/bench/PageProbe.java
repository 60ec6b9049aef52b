package io.apfa.realtime.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A page in a real Chromium under measurement, driven by {@code peers/page_frames.mjs}. Confined to
 * the bench's thread.
 */
final class PageProbe implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;

  private PageProbe(String url) throws IOException {
    process =
        new ProcessBuilder(
                "node", Path.of("proof", "bench", "peers", "page_frames.mjs").toString(), url)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Opens {@code url} and waits until the page is live and shows rows. */
  static PageProbe open(String url) throws IOException {
    PageProbe probe = new PageProbe(url);
    probe.answer();
    return probe;
  }

  /** What the page answers to {@code command}, by name, in the order it says it. */
  Map<String, Object> ask(String command) throws IOException {
    process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    return answer();
  }

  private Map<String, Object> answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("page_frames.mjs ended");
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
    // the end of its input ends it, and the browser with it
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
