package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The captured pub/sub messages of real Celery workers. Immutable. */
public final class Corpus {
  private Corpus() {}

  /** One captured message. */
  public record Captured(String channel, HeardMessage message) {}

  /** Every message, in the order it was heard. */
  public static List<Captured> read() {
    List<Captured> messages = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Corpus.class.getResourceAsStream("/corpus-basic.jsonl.gz")),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        messages.add(captured(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return messages;
  }

  private static Captured captured(String line) throws IOException {
    String channel = "";
    byte[] data = new byte[0];
    double time = 0;
    try (JsonParser in = new JsonFactory().createParser(line)) {
      in.nextToken();
      for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
        in.nextToken();
        switch (field) {
          case "channel" -> channel = in.getText();
          case "data" -> data = Base64.getDecoder().decode(in.getText());
          case "t" -> time = in.getDoubleValue();
          default -> in.skipChildren();
        }
      }
    }
    return new Captured(channel, HeardMessage.envelope(data, Math.round(time * 1000)));
  }
}
