package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Turns a YAML body, as PyYAML's {@code safe_dump} writes it, into the JSON that the one event
 * decoder reads. Parsed as a stream of events: no tag is ever constructed. An alias repeats what
 * its anchor named, within the bound of the output, so an alias bomb costs no more than that.
 *
 * <p>Immutable.
 */
final class YamlBody {
  private static final int MAX_DEPTH = 200;
  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9][0-9_]*");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(?:[0-9][0-9_]*\\.[0-9_]*|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?");
  private static final int MAX_DIGITS = 400;

  private YamlBody() {}

  static byte[] toJson(byte[] body, int maxBytes) throws MalformedException {
    BoundedOutput out = new BoundedOutput(maxBytes);
    LoadSettings settings =
        LoadSettings.builder()
            .setCodePointLimit(maxBytes)
            .setMaxAliasesForCollections(0)
            .setUseMarks(false)
            .build();
    try (JsonGenerator json = Json.pythonGenerator(out)) {
      String text = new String(body, StandardCharsets.UTF_8);
      new Transcoder(new Parse(settings).parseString(text).iterator(), json).document();
    } catch (BoundedOutput.FullException e) {
      throw new MalformedException(Malformed.TOO_LARGE, String.valueOf(e.getMessage()));
    } catch (IOException | YamlEngineException | IllegalStateException e) {
      throw new MalformedException(Malformed.BODY_SYNTAX, "not YAML");
    }
    return out.toByteArray();
  }

  /** One document on its way. Confined to one thread. */
  private static final class Transcoder {
    private final Map<String, List<Event>> anchors = new HashMap<>();
    private final List<Recording> recordings = new ArrayList<>();
    private final JsonGenerator json;
    private Iterator<Event> in;
    private int replaying;

    /** An anchored node that has begun and not ended. */
    private record Recording(String anchor, List<Event> events) {}

    Transcoder(Iterator<Event> in, JsonGenerator json) {
      this.in = in;
      this.json = json;
    }

    void document() throws IOException {
      Event event = next();
      while (event.getEventId() == Event.ID.StreamStart
          || event.getEventId() == Event.ID.DocumentStart) {
        event = next();
      }
      node(event, 0);
    }

    private Event next() throws IOException {
      if (!in.hasNext()) {
        throw new IOException("no document");
      }
      Event event = in.next();
      if (replaying == 0) {
        for (Recording recording : recordings) {
          recording.events().add(event);
        }
      }
      return event;
    }

    private void node(Event event, int depth) throws IOException {
      if (depth > MAX_DEPTH) {
        throw new IOException("nested deeper than " + MAX_DEPTH);
      }
      if (event.getEventId() == Event.ID.Alias) {
        alias((AliasEvent) event, depth);
        return;
      }
      String anchor =
          event instanceof NodeEvent node ? node.getAnchor().map(Object::toString).orElse("") : "";
      if (anchor.isEmpty() || replaying > 0) {
        content(event, depth);
        return;
      }
      Recording recording = new Recording(anchor, new ArrayList<>(List.of(event)));
      recordings.add(recording);
      content(event, depth);
      recordings.remove(recording);
      anchors.put(anchor, recording.events());
    }

    private void content(Event event, int depth) throws IOException {
      switch (event.getEventId()) {
        case Scalar -> scalar((ScalarEvent) event);
        case SequenceStart -> {
          json.writeStartArray();
          Event item = next();
          while (item.getEventId() != Event.ID.SequenceEnd) {
            node(item, depth + 1);
            item = next();
          }
          json.writeEndArray();
        }
        case MappingStart -> {
          json.writeStartObject();
          Event key = next();
          while (key.getEventId() != Event.ID.MappingEnd) {
            if (key.getEventId() != Event.ID.Scalar) {
              throw new IOException("a mapping key that is no scalar");
            }
            json.writeFieldName(Surrogates.clean(((ScalarEvent) key).getValue()));
            node(next(), depth + 1);
            key = next();
          }
          json.writeEndObject();
        }
        default -> throw new IOException(event.getEventId() + " (expected: a node)");
      }
    }

    private void alias(AliasEvent alias, int depth) throws IOException {
      List<Event> events = anchors.get(alias.getAlias().toString());
      if (events == null) {
        throw new IOException("an alias of nothing, or of what it stands in");
      }
      Iterator<Event> outer = in;
      in = events.iterator();
      replaying++;
      node(in.next(), depth + 1);
      replaying--;
      in = outer;
    }

    private void scalar(ScalarEvent scalar) throws IOException {
      String text = Surrogates.clean(scalar.getValue());
      if (!scalar.isPlain() || scalar.getTag().isPresent()) {
        json.writeString(text);
        return;
      }
      switch (text) {
        case "", "~", "null", "Null", "NULL" -> json.writeNull();
        case "true", "True", "TRUE" -> json.writeBoolean(true);
        case "false", "False", "FALSE" -> json.writeBoolean(false);
        case ".nan", ".NaN", ".NAN" -> json.writeNumber(Double.NaN);
        case ".inf", "+.inf", ".Inf" -> json.writeNumber(Double.POSITIVE_INFINITY);
        case "-.inf", "-.Inf" -> json.writeNumber(Double.NEGATIVE_INFINITY);
        default -> number(text);
      }
    }

    private void number(String text) throws IOException {
      String digits = text.replace("_", "");
      if (text.length() <= MAX_DIGITS && INTEGER.matcher(text).matches()) {
        json.writeNumber(new BigInteger(digits));
      } else if (text.length() <= MAX_DIGITS && FLOAT.matcher(text).matches()) {
        json.writeNumber(Double.parseDouble(digits));
      } else {
        json.writeString(text);
      }
    }
  }
}
