package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Poll;
import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.runtime.RefusedException;
import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.Vertx;

/**
 * Long-polling a room: the stream for clients that can open nothing else.
 *
 * <p>Confined to its verticle's context.
 */
final class Publications {
  private static final int MAX_UPDATES = 1000;
  private static final int MAX_WAIT_SECONDS = 30;
  private static final long OWNER_WAIT_MILLIS = 5_000;

  private final Vertx vertx;
  private final Hub hub;
  private final Ticker ticker;

  Publications(Vertx vertx, Hub hub, Ticker ticker) {
    this.vertx = vertx;
    this.hub = hub;
    this.ticker = ticker;
  }

  void poll(ApiCall call) {
    Room room = Room.parse(call.path("room"));
    if (!hub.hasSource(room.source())) {
      throw new RefusedException(ErrorCode.NOT_FOUND, "room: no such source");
    }
    call.require(call.identity().maySee(room), "room");
    String asked = call.query("position");
    StreamPosition position = asked == null ? null : StreamPosition.parse(asked);
    long waitMillis = call.query("wait", 0, 0, MAX_WAIT_SECONDS) * 1000L;
    long giveUp =
        vertx.setTimer(
            waitMillis + OWNER_WAIT_MILLIS,
            late ->
                Problem.send(
                    call.context(),
                    ErrorCode.UNAVAILABLE,
                    "room " + room + ": its source has no owner right now"));
    hub.poll(
        new Poll(
            room,
            position,
            ticker.nanos() + waitMillis * 1_000_000,
            MAX_UPDATES,
            answer -> {
              vertx.cancelTimer(giveUp);
              answer(call, answer);
            }),
        ticker.nanos());
  }

  private static void answer(ApiCall call, Poll.Answer answer) {
    call.answer(
        200,
        JsonFrames.encode(
            out -> {
              out.writeStartObject();
              out.writeStringField("position", answer.position().toString());
              out.writeBooleanField("recovered", answer.recovered());
              out.writeArrayFieldStart("updates");
              for (Batch batch : answer.batches()) {
                JsonFrames.writeUpdateElements(out, batch);
              }
              out.writeEndArray();
              out.writeEndObject();
            }));
  }
}
