package io.apfa.realtime.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A server that others use for fan-out, and how it is told to send. Confined to the bench's thread.
 */
abstract class FanoutPeer implements AutoCloseable {
  private static final Path PEERS = Path.of("proof", "bench", "peers", "fanout").toAbsolutePath();
  private static final Path TARGET = Path.of("proof", "bench", "target").toAbsolutePath();
  private static final HttpClient HTTP =
      // Node's servers take the offer of HTTP/2 for a WebSocket's upgrade
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  final ServerProcess process;
  final int port;

  FanoutPeer(ServerProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /** A server by its name. */
  static FanoutPeer named(String name) throws Exception {
    return switch (name) {
      case "bare" -> bare();
      case "nchan" -> nchan();
      case "ws" -> node("ws.mjs", "/");
      case "socketio" -> node("socketio.mjs", "/socket.io/?EIO=4&transport=websocket", "40");
      case "mosquitto" -> mosquitto();
      default ->
          throw new IllegalArgumentException(
              name + " (expected: bare, nchan, ws, socketio or mosquitto)");
    };
  }

  /** Path of the WebSocket. */
  abstract String path();

  /** What a client says once it is connected. */
  String[] hellos() {
    return new String[0];
  }

  /** Opens {@code sessions} of it, each subscribed to what is published. */
  void connect(FanoutClients clients, int sessions) throws Exception {
    clients.open(port, path(), sessions, hellos());
  }

  /** Sends one message of {@code bytes} bytes to everyone. */
  abstract void publish(int bytes) throws Exception;

  /** CPU seconds of the server so far. */
  double cpuSeconds() throws IOException {
    return process.cpuSeconds();
  }

  @Override
  public void close() throws IOException {
    process.close();
  }

  static String payload(int bytes) {
    return "x".repeat(bytes);
  }

  /** The bare loop in C. */
  static FanoutPeer bare() throws Exception {
    Path binary = TARGET.resolve("bare");
    Files.createDirectories(TARGET);
    Process compiler =
        new ProcessBuilder("cc", "-O2", "-o", binary.toString(), PEERS.resolve("bare.c").toString())
            .inheritIO()
            .start();
    if (compiler.waitFor() != 0) {
      throw new IOException("cc failed");
    }
    int port = ServerProcess.freePort();
    int control = ServerProcess.freePort();
    ServerProcess process =
        ServerProcess.start("bare", List.of(binary.toString(), "" + port, "" + control), Map.of());
    Socket[] socket = new Socket[1];
    ServerProcess.waitFor(
        "bare",
        () -> {
          socket[0] = new Socket(InetAddress.getLoopbackAddress(), control);
          return true;
        });
    DataOutputStream out = new DataOutputStream(socket[0].getOutputStream());
    return new FanoutPeer(process, port) {
      @Override
      String path() {
        return "/";
      }

      @Override
      void publish(int bytes) throws IOException {
        byte[] frame = new byte[4 + 4 + bytes];
        int length = 4 + bytes;
        frame[0] = (byte) (length >> 24);
        frame[1] = (byte) (length >> 16);
        frame[2] = (byte) (length >> 8);
        frame[3] = (byte) length;
        frame[4] = (byte) 0x81;
        frame[5] = 126;
        frame[6] = (byte) (bytes >> 8);
        frame[7] = (byte) bytes;
        System.arraycopy(payload(bytes).getBytes(StandardCharsets.US_ASCII), 0, frame, 8, bytes);
        out.write(frame);
        out.flush();
      }

      @Override
      public void close() throws IOException {
        socket[0].close();
        super.close();
      }
    };
  }

  /** A server in Node that takes POST /pub. */
  static FanoutPeer node(String script, String path, String... hellos) throws Exception {
    int port = ServerProcess.freePort();
    ServerProcess process =
        ServerProcess.start(
            script, List.of("node", PEERS.resolve(script).toString(), "" + port), Map.of());
    return posting(process, port, path, FanoutPeer::payload, List.of(), hellos);
  }

  /** The specification's broadcaster; {@code publish} gives it so many tasks. */
  static FanoutPeer specification(Supplier<String> args) throws Exception {
    int port = ServerProcess.freePort();
    ServerProcess process =
        ServerProcess.start(
            "specification",
            List.of("/usr/bin/python3", PEERS.resolve("specification.py").toString(), "" + port),
            Map.of());
    String path = "/socket.io/?EIO=4&transport=websocket";
    return posting(process, port, path, count -> tasks(count, args), List.of(), "40");
  }

  /** A list of {@code count} tasks with what our pages show of one. */
  private static String tasks(int count, Supplier<String> args) {
    JsonArray tasks = new JsonArray();
    for (int i = 0; i < count; i++) {
      tasks.add(
          new JsonObject()
              .put("uuid", UUID.randomUUID().toString())
              .put("name", "orders.add")
              .put("state", "RECEIVED")
              .put("args", args.get())
              .put("kwargs", "{}")
              .put("retries", 0)
              .put("worker", "bench@host")
              .put("received", System.currentTimeMillis() / 1000.0));
    }
    return tasks.encode();
  }

  /** nginx with nchan, one worker. */
  static FanoutPeer nchan() throws Exception {
    int port = ServerProcess.freePort();
    Path folder = Files.createTempDirectory("apfa-nchan");
    Path config = folder.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
        daemon off;
        master_process off;
        worker_processes 1;
        worker_rlimit_nofile 20000;
        pid %1$s/nginx.pid;
        error_log %1$s/error.log;
        events { worker_connections 16384; }
        http {
          access_log off;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          server {
            listen 127.0.0.1:%2$d backlog=4096;
            location = /sub {
              nchan_subscriber websocket;
              nchan_channel_id fanout;
              nchan_subscriber_first_message newest;
            }
            location = /pub {
              nchan_publisher;
              nchan_channel_id fanout;
              nchan_message_buffer_length 1;
            }
          }
        }
        """
            .formatted(folder, port));
    ServerProcess process =
        ServerProcess.start(
            "nchan",
            List.of("/usr/sbin/nginx", "-p", folder.toString(), "-c", config.toString()),
            Map.of());
    return posting(process, port, "/sub", FanoutPeer::payload, List.of(folder));
  }

  /** Mosquitto: MQTT 3.1.1 in WebSockets, quality of service 0. */
  static FanoutPeer mosquitto() throws Exception {
    int port = ServerProcess.freePort();
    int control = ServerProcess.freePort();
    Files.createDirectories(TARGET);
    Path config = Files.createTempFile(TARGET, "mosquitto", ".conf");
    Files.writeString(
        config,
        """
        user root
        allow_anonymous true
        persistence false
        log_type error
        set_tcp_nodelay true
        listener %d 127.0.0.1
        protocol websockets
        listener %d 127.0.0.1
        """
            .formatted(port, control));
    ServerProcess process =
        ServerProcess.start(
            "mosquitto", List.of("/usr/sbin/mosquitto", "-c", config.toString()), Map.of());
    Socket[] socket = new Socket[1];
    ServerProcess.waitFor(
        "mosquitto",
        () -> {
          socket[0] = new Socket(InetAddress.getLoopbackAddress(), control);
          return true;
        });
    Files.delete(config);
    DataOutputStream out = new DataOutputStream(socket[0].getOutputStream());
    out.write(MqttPackets.connect());
    return new FanoutPeer(process, port) {
      @Override
      String path() {
        return "/mqtt";
      }

      @Override
      void connect(FanoutClients clients, int sessions) throws Exception {
        List<ByteBuffer> hellos =
            List.of(
                MqttPackets.frame(MqttPackets.connect()),
                MqttPackets.frame(MqttPackets.subscribe()));
        clients.open(port, MqttPackets.upgrade(path()), sessions, hellos);
      }

      @Override
      void publish(int bytes) throws IOException {
        out.write(MqttPackets.publish(payload(bytes)));
        out.flush();
      }

      @Override
      public void close() throws IOException {
        socket[0].close();
        super.close();
      }
    };
  }

  private static FanoutPeer posting(
      ServerProcess process,
      int port,
      String path,
      IntFunction<String> body,
      List<Path> temporary,
      String... hellos)
      throws Exception {
    ServerProcess.waitFor(
        path,
        () -> {
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          }
        });
    URI uri = URI.create("http://127.0.0.1:" + port + "/pub");
    return new FanoutPeer(process, port) {
      @Override
      String path() {
        return path;
      }

      @Override
      String[] hellos() {
        return hellos;
      }

      @Override
      void publish(int bytes) throws Exception {
        HttpRequest request =
            HttpRequest.newBuilder(uri)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(body.apply(bytes)))
                .build();
        int status = HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status >= 300) {
          throw new IOException(uri + ": " + status);
        }
      }

      @Override
      public void close() throws IOException {
        super.close();
        for (Path folder : temporary) {
          try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
              Files.delete(file);
            }
          }
        }
      }
    };
  }
}
