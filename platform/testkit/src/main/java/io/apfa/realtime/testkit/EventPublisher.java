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
 * base64 body, fields in Celery's order: celery-wire.md section 2), over one raw connection.
 * Confined to the bench's thread; answers are drained by a thread of its own. Made to be cheap: it
 * shares the machine with what it measures.
 */
public final class EventPublisher implements AutoCloseable {
  private static final String CALL =
      ", \"name\": \"orders.add\", \"args\": \"(2, 3)\", \"kwargs\": \"{'customer': 4711}\"";
  private static final String WHEN = ", \"retries\": 0, \"eta\": null, \"expires\": null";

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
    StringBuilder out = new StringBuilder(512);
    out.append("{\"hostname\": \"").append(hostname);
    out.append("\", \"utcoffset\": 0, \"pid\": 4711, \"clock\": ").append(clock);
    out.append(", \"uuid\": \"").append(uuid).append('"');
    switch (step) {
      case 0 -> {
        root(uuid, out).append(CALL).append(WHEN);
        out.append(", \"queue\": \"celery\", \"exchange\": \"\", \"routing_key\": \"celery\"");
        end(timestamp, clock, "task-sent", out);
      }
      case 1 -> {
        root(uuid, out.append(CALL)).append(WHEN);
        end(timestamp, clock, "task-received", out);
      }
      case 2 -> end(timestamp, clock, "task-started", out);
      default -> {
        out.append(", \"result\": \"5\", \"runtime\": 0.05018226499998946");
        end(timestamp, clock, "task-succeeded", out);
      }
    }
    return out.toString();
  }

  private static StringBuilder root(String uuid, StringBuilder out) {
    return out.append(", \"root_id\": \"").append(uuid).append("\", \"parent_id\": null");
  }

  /** Python writes a float with the fewest digits that give it back: seventeen, mostly. */
  private static void end(double timestamp, int clock, String type, StringBuilder out) {
    long micros = Math.round(timestamp * 1e6);
    out.append(", \"timestamp\": ").append(micros / 1_000_000).append('.');
    String decimals = Long.toString(1_000_000 + micros % 1_000_000);
    out.append(decimals, 1, decimals.length()).append(clock % 9 + 1);
    out.append(", \"type\": \"").append(type).append("\"}");
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
