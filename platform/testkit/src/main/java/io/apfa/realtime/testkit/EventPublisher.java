package io.apfa.realtime.testkit;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * Publishes Celery events into a Redis as a worker's dispatcher does (envelope of {@code kombu},
 * base64 body, fields in Celery's order: celery-wire.md section 2), over one raw connection. Confined to the bench's thread; answers are drained by a
 * thread of its own.
 */
public final class EventPublisher implements AutoCloseable {
  private final Socket socket;
  private final OutputStream out;

  /** Connects to the Redis on loopback {@code port}. */
  public EventPublisher(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
    InputStream in = socket.getInputStream();
    Thread drain =
        new Thread(
            () -> {
              byte[] answers = new byte[1 << 16];
              try {
                int read;
                do {
                  read = in.read(answers);
                } while (read >= 0);
              } catch (IOException closed) {
                // the bench has ended
              }
            },
            "drain");
    drain.setDaemon(true);
    drain.start();
  }

  /**
   * The RESP bytes that publish {@code events} (JSON objects) in one list, as {@code task.multi}.
   */
  public static byte[] command(List<String> events) {
    String body = "[" + String.join(", ", events) + "]";
    String encoded = Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8));
    String envelope =
        "{\"body\": \""
            + encoded
            + "\", \"content-encoding\": \"utf-8\", \"content-type\": \"application/json\","
            + " \"headers\": {\"hostname\": \"bench@host\"}, \"properties\": {\"delivery_mode\": 1,"
            + " \"delivery_info\": {\"exchange\": \"celeryev\", \"routing_key\": \"task.multi\"},"
            + " \"priority\": 0, \"body_encoding\": \"base64\", \"delivery_tag\":"
            + " \"00000000-0000-4000-8000-000000000000\"}}";
    byte[] payload = envelope.getBytes(StandardCharsets.UTF_8);
    String channel = "/0.celeryev/task.multi";
    byte[] head =
        ("*3\r\n$7\r\nPUBLISH\r\n$"
                + channel.length()
                + "\r\n"
                + channel
                + "\r\n$"
                + payload.length
                + "\r\n")
            .getBytes(StandardCharsets.UTF_8);
    byte[] command = new byte[head.length + payload.length + 2];
    System.arraycopy(head, 0, command, 0, head.length);
    System.arraycopy(payload, 0, command, head.length, payload.length);
    command[command.length - 2] = '\r';
    command[command.length - 1] = '\n';
    return command;
  }

  /** One event of a task's life; {@code step} 0 sent, 1 received, 2 started, 3 succeeded. */
  public static String event(String uuid, int step, double timestamp, int clock) {
    return event(uuid, step, timestamp, clock, "bench@host");
  }

  /** The same, of the worker {@code hostname}. */
  public static String event(String uuid, int step, double timestamp, int clock, String hostname) {
    String sender =
        "{\"hostname\": \"%s\", \"utcoffset\": 0, \"pid\": 4711, \"clock\": %d, \"uuid\": \"%s\""
            .formatted(hostname, clock, uuid);
    String root = "\"root_id\": \"%s\", \"parent_id\": null".formatted(uuid);
    String call = "\"name\": \"orders.add\", \"args\": \"(2, 3)\", \"kwargs\": \"{'customer': 4711}\"";
    String when = "\"retries\": 0, \"eta\": null, \"expires\": null";
    // Python writes a float with the fewest digits that give it back: seventeen, mostly
    String end = ", \"timestamp\": %.6f%d, \"type\": \"%s\"}";
    return sender
        + switch (step) {
          case 0 ->
              ", "
                  + String.join(", ", root, call, when)
                  + ", \"queue\": \"celery\", \"exchange\": \"\", \"routing_key\": \"celery\""
                  + end.formatted(timestamp, clock % 9 + 1, "task-sent");
          case 1 ->
              ", "
                  + String.join(", ", call, root, when)
                  + end.formatted(timestamp, clock % 9 + 1, "task-received");
          case 2 -> end.formatted(timestamp, clock % 9 + 1, "task-started");
          default ->
              ", \"result\": \"5\", \"runtime\": 0.05018226499998946"
                  + end.formatted(timestamp, clock % 9 + 1, "task-succeeded");
        };
  }

  /** Writes what {@link #command} made, into a buffer. */
  public void write(byte[] command) throws IOException {
    out.write(command);
  }

  /** Sends what was written. */
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
