package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.EventSink;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.bridge.event.Malformed;
import io.apfa.realtime.bridge.event.MessageDecoder;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes slices of messages, one at a time: a short one at once, so that a single event is on its
 * way in the same turn of the event loop; one that takes longer on a worker thread, so that the
 * subscriber is read meanwhile. A Redis cuts a subscriber that is not read (celery-wire.md section
 * 5), and a JVM that has just started decodes slowly.
 *
 * <p>Confined to its verticle's context.
 */
final class DecodeStage {
  private static final Logger LOG = LoggerFactory.getLogger(DecodeStage.class);
  private final MessageDecoder decoder;
  private final int maxEvents;
  private final Vertx vertx;
  private final Ticker ticker;
  private final DecodeSpeed speed = new DecodeSpeed();
  private boolean busy;

  /** A stage whose slices end after {@code maxEvents} events. */
  DecodeStage(Vertx vertx, Ticker ticker, MessageDecoder decoder, int maxEvents) {
    this.vertx = vertx;
    this.ticker = ticker;
    this.decoder = decoder;
    this.maxEvents = maxEvents;
  }

  /** What became of a slice. Confined to whoever has it. */
  static final class Slice implements EventSink {
    private final List<CeleryEvent> events = new ArrayList<>();
    private final Map<String, Count> counts = new HashMap<>();
    private final List<Fault> faults = new ArrayList<>(0);
    private int consumed;
    private long bytes;
    private long tookNanos;
    private @Nullable HeardMessage last;
    private long deliveryTag;

    /** The events of a type. Confined to whoever has the slice. */
    static final class Count {
      private final String type;
      private int events;

      Count(String type) {
        this.type = type;
      }

      String type() {
        return type;
      }

      int events() {
        return events;
      }
    }

    /** What could not be read. */
    record Fault(Malformed reason, String detail) {}

    /** The events, in order; the caller's own. */
    List<CeleryEvent> events() {
      return events;
    }

    /** How many events of each type there were, those that say nothing of a task included. */
    Collection<Count> counts() {
      return counts.values();
    }

    List<Fault> faults() {
      return faults;
    }

    /** How many of the messages are in it, from the first on. */
    int consumed() {
      return consumed;
    }

    /** How long decoding took. */
    long tookNanos() {
      return tookNanos;
    }

    /** The last message that held an event; null when none did. */
    @Nullable HeardMessage last() {
      return last;
    }

    /** The largest delivery tag of the consumed messages; 0 for none. */
    long deliveryTag() {
      return deliveryTag;
    }

    @Override
    public void onEvent(CeleryEvent event) {
      events.add(event);
      count(typeOf(event));
    }

    @Override
    public void onIgnored(String type) {
      count(type);
    }

    private void count(String type) {
      counts.computeIfAbsent(type, Count::new).events++;
    }

    private static String typeOf(CeleryEvent event) {
      return event.kind() == CeleryEvent.Kind.TASK
          ? ((CeleryEvent.TaskEvent) event).type()
          : ((CeleryEvent.WorkerEvent) event).type();
    }

    @Override
    public void onMalformed(Malformed reason, String detail) {
      faults.add(new Fault(reason, detail));
    }
  }

  /** Whether a slice is being decoded. */
  boolean isBusy() {
    return busy;
  }

  /** Decodes {@code messages}, none of them a break; {@code then} is called on this context. */
  void decode(List<HeardMessage> messages, Consumer<Slice> then) {
    long bytes = 0;
    for (HeardMessage message : messages) {
      bytes += message.bytes().length;
    }
    if (messages.size() == 1 || speed.isShort(bytes)) {
      done(decodeAll(messages), then);
      return;
    }
    busy = true;
    vertx
        .executeBlocking(() -> decodeAll(messages), false)
        .onComplete(
            slice -> {
              busy = false;
              done(slice, then);
            },
            failure -> {
              LOG.error("{} messages not decoded", messages.size(), failure);
              busy = false;
              then.accept(unreadable(messages));
            });
  }

  private void done(Slice slice, Consumer<Slice> then) {
    speed.onDecoded(slice.bytes, slice.tookNanos);
    then.accept(slice);
  }

  /** Decodes {@code messages} for nothing, so that a standby's code is warm when it takes over. */
  void rehearse(List<HeardMessage> messages, Runnable then) {
    if (!busy && !messages.isEmpty()) {
      busy = true;
      vertx
          .executeBlocking(() -> decodeAll(messages), false)
          .onComplete(
              done -> {
                busy = false;
                then.run();
              });
    }
  }

  private static Slice unreadable(List<HeardMessage> messages) {
    Slice slice = new Slice();
    slice.consumed = messages.size();
    slice.onMalformed(Malformed.BODY_SYNTAX, "unreadable: the decoder failed");
    return slice;
  }

  private Slice decodeAll(List<HeardMessage> messages) {
    Slice slice = new Slice();
    long started = ticker.nanos();
    for (HeardMessage message : messages) {
      int before = slice.events.size();
      decoder.decode(message, slice);
      slice.consumed++;
      slice.bytes += message.bytes().length;
      slice.deliveryTag = Math.max(slice.deliveryTag, message.deliveryTag());
      slice.last = slice.events.size() > before ? message : slice.last;
      if (slice.events.size() >= maxEvents) {
        break;
      }
    }
    slice.tookNanos = ticker.nanos() - started;
    return slice;
  }
}
