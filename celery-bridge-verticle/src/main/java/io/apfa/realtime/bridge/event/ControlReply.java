package io.apfa.realtime.bridge.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one worker answered. Immutable.
 *
 * @param hostname full node name
 * @param value {@code {"ok": …}} or {@code {"error": …}} of a control command, or what an
 *     inspection gives
 */
public record ControlReply(String hostname, @Nullable Object value) {

  /** The replies in a reply message's body, {@code {hostname: value}}. */
  public static List<ControlReply> read(String body) {
    List<ControlReply> replies = new ArrayList<>();
    for (Map.Entry<String, @Nullable Object> entry : Values.map(Values.read(body)).entrySet()) {
      replies.add(new ControlReply(entry.getKey(), entry.getValue()));
    }
    return replies;
  }

  /** Why the worker refused, in its own words; null when it did not. */
  public @Nullable String error() {
    Object error = Values.map(value).get("error");
    return error == null ? null : error.toString();
  }

  /** The worker's remark; empty when it made none. */
  public String ok() {
    Object ok = Values.map(value).get("ok");
    return ok == null ? "" : ok.toString();
  }
}
