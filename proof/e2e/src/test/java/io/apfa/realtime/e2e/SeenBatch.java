package io.apfa.realtime.e2e;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;

/**
 * A binary batch as a client reads it. Immutable.
 *
 * @param rows the task updates in it, in its order
 */
record SeenBatch(String epoch, long from, long offset, boolean conflated, List<Seen> rows) {

  private static final List<String> STEPS = List.of("PENDING", "RECEIVED", "STARTED", "SUCCESS");
  private static final int STARTED = 2;
  private static final int ENDED = 3;

  /** How the names of {@link CeleryApp}'s tasks begin. */
  private static final String REAL = "e2e.";

  /**
   * One task update.
   *
   * @param task its task's number
   * @param step how far it is: 0 sent, 1 received, 2 started, 3 ended
   * @param real whether a real worker's: it may be told again of the same step, with more known
   */
  record Seen(int task, int step, long offset, boolean real) {}

  /** The number of each task; the order of numbers is that of appearance. Thread-safe. */
  static final class TaskNumbers {
    private final Map<String, Integer> numbers = new ConcurrentHashMap<>();

    int of(String uuid) {
      synchronized (numbers) {
        return numbers.computeIfAbsent(uuid, key -> numbers.size());
      }
    }
  }

  /**
   * What each offset was said to hold, by whoever wrote it to whomever. Thread-safe: a concurrent
   * map and an atomic.
   */
  static final class OffsetBook {
    private final Map<String, Seen> rows = new ConcurrentHashMap<>();
    private final AtomicLong contradictions = new AtomicLong();

    private void note(String epoch, Seen row) {
      Seen known = rows.putIfAbsent(epoch + ":" + row.offset(), row);
      if (known != null && !known.equals(row)) {
        contradictions.incrementAndGet();
      }
    }

    /** How many offsets there were. */
    int size() {
      return rows.size();
    }

    /** How often an offset was told with another row than before. */
    long contradictions() {
      return contradictions.get();
    }
  }

  /**
   * Reads frames, each distinct one once: the server writes the same bytes to many sessions, and so
   * hundreds of checking sessions cost one reader. Confined to the fleet's event loop.
   */
  static final class Reader {
    private static final int REMEMBERED = 4096;

    private final TaskNumbers numbers;
    private final OffsetBook book;
    private final Map<Long, SeenBatch> read =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<Long, SeenBatch> eldest) {
            return size() > REMEMBERED;
          }
        };

    Reader(TaskNumbers numbers) {
      this(numbers, new OffsetBook());
    }

    /** One that notes in {@code book} what it reads. */
    Reader(TaskNumbers numbers, OffsetBook book) {
      this.numbers = numbers;
      this.book = book;
    }

    SeenBatch read(byte[] frame) {
      CRC32C checksum = new CRC32C();
      checksum.update(frame);
      long key = checksum.getValue() << 31 | frame.length;
      return read.computeIfAbsent(key, unknown -> decode(frame));
    }

    private SeenBatch decode(byte[] frame) {
      boolean zipped = frame.length > 1 && frame[0] == 0x1f && (frame[1] & 0xff) == 0x8b;
      try (MessageUnpacker in =
          zipped
              ? MessagePack.newDefaultUnpacker(
                  new GZIPInputStream(new ByteArrayInputStream(frame), 8192))
              : MessagePack.newDefaultUnpacker(frame)) {
        return batch(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private SeenBatch batch(MessageUnpacker in) throws IOException {
      int length = in.unpackArrayHeader();
      int kind = in.unpackInt();
      if (length != 7 || kind != 1) {
        throw new IOException("frame of kind " + kind + " (expected: a batch, 1)");
      }
      in.skipValue();
      String epoch = in.unpackString();
      long from = in.unpackLong();
      long offset = in.unpackLong();
      boolean conflated = in.unpackBoolean();
      int count = in.unpackArrayHeader();
      List<Seen> rows = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        update(in, rows);
      }
      rows.forEach(row -> book.note(epoch, row));
      return new SeenBatch(epoch, from, offset, conflated, List.copyOf(rows));
    }

    private void update(MessageUnpacker in, List<Seen> rows) throws IOException {
      boolean task = false;
      for (int members = in.unpackMapHeader(); members > 0; members--) {
        switch (in.unpackString()) {
          case "type" -> task = in.unpackString().equals("task_update");
          case "data" -> {
            if (task) {
              rows.add(task(in));
            } else {
              in.skipValue();
            }
          }
          default -> in.skipValue();
        }
      }
    }

    private Seen task(MessageUnpacker in) throws IOException {
      int task = -1;
      int step = -1;
      long offset = 0;
      boolean real = false;
      for (int members = in.unpackMapHeader(); members > 0; members--) {
        switch (in.unpackString()) {
          case "uuid" -> task = numbers.of(in.unpackString());
          case "name" -> real = in.unpackValue().toString().startsWith(REAL);
          case "state" -> step = step(in.unpackString());
          case "offset" -> offset = in.unpackLong();
          default -> in.skipValue();
        }
      }
      return new Seen(task, step, offset, real);
    }

    private static int step(String state) {
      return switch (state) {
        case "PROGRESS" -> STARTED;
        case "FAILURE" -> ENDED;
        default -> STEPS.indexOf(state);
      };
    }
  }
}
