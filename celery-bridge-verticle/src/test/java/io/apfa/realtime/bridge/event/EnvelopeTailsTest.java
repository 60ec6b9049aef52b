package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** An envelope whose tail is known is read as the parser reads it. */
class EnvelopeTailsTest {
  private static byte[] message(String body, String host, String tag) {
    String text =
        "{\"body\": \""
            + Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8))
            + "\", \"content-encoding\": \"utf-8\", \"content-type\": \"application/json\","
            + " \"headers\": {\"hostname\": \""
            + host
            + "\"}, \"properties\": {\"body_encoding\": \"base64\", \"delivery_tag\": \""
            + tag
            + "\"}}";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static EnvelopeTails knowing(byte[] message) throws MalformedException {
    EnvelopeTails tails = new EnvelopeTails();
    tails.learn(message, Envelope.decode(message));
    return tails;
  }

  @Test
  void shouldKnowATailAgainWhateverItsBodyAndTag() throws Exception {
    EnvelopeTails tails = knowing(message("[]", "w1@a", "5f6ac830-0001"));

    Envelope read = tails.read(message("[{\"type\": \"task-sent\"}]", "w1@a", "5f6ac830-0002"));

    assertThat(read).isNotNull();
    assertThat(new String(read.body(), StandardCharsets.UTF_8))
        .isEqualTo("[{\"type\": \"task-sent\"}]");
    assertThat(read.contentType()).isEqualTo("application/json");
    assertThat(read.compression()).isNull();
    assertThat(tails.read(message("[]", "w2@a", "5f6ac830-0003"))).isNull();
  }

  @Test
  void shouldKnowTheTailsOfManyWorkersAndForgetTheOneUsedLongestAgo() throws Exception {
    EnvelopeTails tails = new EnvelopeTails();
    for (int worker = 0; worker < 33; worker++) {
      byte[] message = message("[]", "w" + (100 + worker) + "@a", "5f6ac830");
      tails.learn(message, Envelope.decode(message));
    }
    assertThat(tails.read(message("[]", "w132@a", "00000000"))).isNotNull();
    assertThat(tails.read(message("[]", "w101@a", "00000000"))).isNotNull();
    assertThat(tails.read(message("[]", "w100@a", "00000000"))).isNull();
  }

  @Property(tries = 5000)
  void shouldReadWhatTheParserReadsWhateverByteIsChanged(
      @ForAll @IntRange(max = 400) int place, @ForAll byte value) throws Exception {
    byte[] known = message("[{\"type\": \"task-sent\"}]", "w1@a", "5f6ac830-0001");
    byte[] changed = known.clone();
    changed[place % changed.length] = value;

    Envelope read = knowing(known).read(changed);

    if (read != null) {
      Envelope parsed = Envelope.decode(changed);
      assertThat(Arrays.equals(read.body(), parsed.body())).isTrue();
      assertThat(read.contentType()).isEqualTo(parsed.contentType());
      assertThat(read.compression()).isEqualTo(parsed.compression());
    }
  }
}
