package io.apfa.realtime.e2e;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;

/**
 * A session in {@code celery:tasks} that holds the server to its word: each frame goes on where the
 * one before ended, nothing twice, nothing missing, no task backwards. When its connection ends it
 * comes back with its position. Confined to the fleet's event loop.
 */
final class FleetSession {
  private final SessionFleet fleet;
  private WebSocket socket;
  private String epoch = "";
  private long offset;
  private byte[] steps = new byte[1024];
  private boolean registered;
  private boolean catchingUp;
  private long openedNanos;
  private long frameNanos;
  private long silenceNanos;
  private long answerNanos;
  private long recoveryNanos;
  private long leftNanos;
  private long awayNanos;
  private long lost;
  private long duplicated;
  private long disordered;
  private int notRecovered;
  private int connections;

  FleetSession(SessionFleet fleet) {
    this.fleet = fleet;
    Arrays.fill(steps, (byte) -1);
  }

  void connect() {
    fleet
        .openSocket()
        .onSuccess(this::onOpen)
        .onFailure(
            failure -> {
              fleet.onRefused();
              fleet.later(this::connect);
            });
  }

  private void onOpen(WebSocket opened) {
    socket = opened;
    connections++;
    openedNanos = System.nanoTime();
    opened.textMessageHandler(this::onText);
    opened.binaryMessageHandler(this::onBinary);
    opened.closeHandler(v -> onClose(opened));
    fleet.onConnected(openedNanos);
    String position = epoch.isEmpty() ? "" : ",\"position\":\"" + epoch + ":" + offset + "\"";
    var unused =
        opened.writeTextMessage(
            "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\"msgpack\""
                + position
                + "}}");
  }

  private void onClose(WebSocket closed) {
    registered = false;
    leftNanos = System.nanoTime();
    Short code = closed.closeStatusCode();
    String reason = closed.closeReason();
    boolean assigned = code != null && code == 3000 && reason != null && reason.matches("\\d+");
    if (fleet.isClosing()) {
      return;
    }
    if (assigned) {
      fleet.after(Long.parseLong(reason), this::connect);
    } else {
      fleet.later(this::connect);
    }
  }

  private void onText(String text) {
    JsonObject frame = new JsonObject(text);
    if (frame.getString("type").equals("registered")) {
      JsonObject body = frame.getJsonObject("body");
      String position = body.getString("position");
      int colon = position.lastIndexOf(':');
      String nowEpoch = position.substring(0, colon);
      long nowOffset = Long.parseLong(position.substring(colon + 1));
      boolean again = !epoch.isEmpty();
      if (again
          && (!body.getBoolean("recovered") || nowOffset != offset || !nowEpoch.equals(epoch))) {
        notRecovered++;
      }
      epoch = nowEpoch;
      offset = nowOffset;
      registered = true;
      if (again) {
        awayNanos = Math.max(awayNanos, System.nanoTime() - leftNanos);
        fleet.onBack();
      }
      answerNanos = Math.max(answerNanos, System.nanoTime() - openedNanos);
      catchingUp = again;
      if (!again) {
        frameNanos = System.nanoTime();
      }
    }
  }

  private void onBinary(Buffer frame) {
    SeenBatch batch = fleet.read(frame);
    long now = System.nanoTime();
    silenceNanos = Math.max(silenceNanos, now - frameNanos);
    frameNanos = now;
    if (catchingUp) {
      catchingUp = false;
      recoveryNanos = Math.max(recoveryNanos, now - openedNanos);
    }
    if (!batch.epoch().equals(epoch) || batch.from() > offset + 1) {
      lost += Math.max(1, batch.from() - offset - 1);
    }
    if (batch.offset() <= offset) {
      duplicated++;
    }
    long before = offset;
    for (SeenBatch.Seen row : batch.rows()) {
      if (row.offset() <= offset) {
        duplicated++;
      } else if (row.offset() <= before || row.offset() > batch.offset()) {
        disordered++;
      }
      before = row.offset();
      onStep(row.task(), (byte) row.step(), row.real());
    }
    offset = batch.offset();
  }

  private void onStep(int task, byte step, boolean repeats) {
    if (task >= steps.length) {
      int length = steps.length;
      steps = Arrays.copyOf(steps, Math.max(task + 1, 2 * length));
      Arrays.fill(steps, length, steps.length, (byte) -1);
    }
    if (repeats ? step < steps[task] : step <= steps[task]) {
      disordered++;
    }
    steps[task] = step;
  }

  boolean isRegistered() {
    return registered;
  }

  /** Whether it saw this task end. */
  boolean sawEnd(int task) {
    return task < steps.length && steps[task] == 3;
  }

  /** Starts to measure anew; what it knows of the stream stays. */
  void forgetFigures() {
    silenceNanos = 0;
    answerNanos = 0;
    recoveryNanos = 0;
    awayNanos = 0;
    frameNanos = System.nanoTime();
    connections = 0;
  }

  /** Adds what it measured. */
  void addTo(FleetFigures figures) {
    silenceNanos = Math.max(silenceNanos, System.nanoTime() - frameNanos);
    figures.add(
        lost,
        duplicated,
        disordered,
        notRecovered,
        connections,
        silenceNanos / 1_000_000,
        answerNanos / 1_000_000,
        recoveryNanos / 1_000_000,
        awayNanos / 1_000_000);
  }

  void close() {
    if (socket != null) {
      var unused = socket.close();
    }
  }
}
