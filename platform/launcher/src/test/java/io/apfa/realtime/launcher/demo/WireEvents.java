package io.apfa.realtime.launcher.demo;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Takes the messages of the event channels apart, for the tests. Immutable. */
final class WireEvents {
  private WireEvents() {}

  /** The events of the PUBLISHes among {@code commands}, in order. */
  static List<JsonObject> of(List<RedisCommand> commands) {
    List<JsonObject> events = new ArrayList<>();
    for (RedisCommand command : commands) {
      if (command.name().equals("PUBLISH") && command.words().get(1).contains("celeryev")) {
        events.addAll(ofMessage(command.words().get(2)));
      }
    }
    return events;
  }

  /** The events of one message: one, or a list. */
  static List<JsonObject> ofMessage(String message) {
    String body = Envelope.read(message).body();
    if (body.startsWith("{")) {
      return List.of(new JsonObject(body));
    }
    return new JsonArray(body).stream().map(JsonObject.class::cast).toList();
  }

  /** The types of the events with that uuid, in order. */
  static List<String> typesOf(String uuid, List<RedisCommand> commands) {
    return of(commands).stream()
        .filter(event -> uuid.equals(event.getString("uuid")))
        .map(event -> event.getString("type"))
        .toList();
  }
}
