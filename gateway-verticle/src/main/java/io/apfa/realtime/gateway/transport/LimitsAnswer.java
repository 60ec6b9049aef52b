package io.apfa.realtime.gateway.transport;

import com.fasterxml.jackson.core.JsonGenerator;
import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitOverride;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.UserRole;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.client.JsonFrames;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to {@code GET /limits}: what is in force, for whom it is another, and what became of
 * the file. A viewer sees nothing of other users' limits.
 *
 * <p>Immutable.
 */
final class LimitsAnswer {
  /** What a line of the record begins with, or has in it, that tells of one user's limits. */
  private static final String OF_USERS = "overrides.users";

  private LimitsAnswer() {}

  /**
   * Writes it.
   *
   * @param record what the leading rate-limit node says became of its file; null = none answers
   */
  static void write(
      JsonGenerator out,
      BusMessage.LimitsAnnouncement current,
      BusMessage.@Nullable LimitsRecord record,
      Identity reader)
      throws IOException {
    out.writeStartObject();
    out.writeNumberField("version", current.version());
    JsonFrames.writeTime(out, "since", current.sinceMillis());
    out.writeObjectFieldStart("limits");
    writeLimits(out, current.limits().asMap());
    out.writeEndObject();
    out.writeStringField("error", current.error());
    writeOverrides(out, LimitPolicy.of(current.limits(), current.overrides()), reader);
    out.writeFieldName("history");
    if (record == null) {
      out.writeNull();
    } else {
      writeRecord(out, record, reader);
    }
    out.writeEndObject();
  }

  private static void writeRecord(
      JsonGenerator out, BusMessage.LimitsRecord record, Identity reader) throws IOException {
    out.writeStartObject();
    out.writeStringField("node", record.node().value());
    out.writeStringField("file", record.file());
    out.writeArrayFieldStart("entries");
    for (BusMessage.LimitsRecord.Entry entry : record.entries()) {
      out.writeStartObject();
      out.writeNumberField("version", entry.version());
      JsonFrames.writeTime(out, "at", entry.atMillis());
      out.writeBooleanField("refused", entry.refused());
      out.writeArrayFieldStart(entry.refused() ? "problems" : "changes");
      for (String line : entry.lines()) {
        if (!isHidden(line, reader)) {
          out.writeString(line);
        }
      }
      out.writeEndArray();
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private static boolean isHidden(String line, Identity reader) {
    return reader.role() == UserRole.VIEWER
        && line.contains(OF_USERS)
        && !line.startsWith(OF_USERS + "." + reader.user() + ".");
  }

  /** Who has limits of their own; a viewer sees no other user's. */
  private static void writeOverrides(JsonGenerator out, LimitPolicy policy, Identity reader)
      throws IOException {
    out.writeObjectFieldStart("overrides");
    for (LimitOverride.Scope scope : LimitOverride.Scope.values()) {
      out.writeObjectFieldStart(scope.word());
      for (Map.Entry<String, Map<LimitKey, Double>> named : policy.byName(scope).entrySet()) {
        boolean hidden =
            scope == LimitOverride.Scope.USER
                && reader.role() == UserRole.VIEWER
                && !named.getKey().equals(reader.user());
        if (!hidden) {
          out.writeObjectFieldStart(named.getKey());
          writeLimits(out, named.getValue());
          out.writeEndObject();
        }
      }
      out.writeEndObject();
    }
    out.writeEndObject();
  }

  private static void writeLimits(JsonGenerator out, Map<LimitKey, Double> limits)
      throws IOException {
    for (Map.Entry<LimitKey, Double> limit : limits.entrySet()) {
      double value = limit.getValue();
      if (value == Math.rint(value)) {
        out.writeNumberField(limit.getKey().key(), (long) value);
      } else {
        out.writeNumberField(limit.getKey().key(), value);
      }
    }
  }
}
