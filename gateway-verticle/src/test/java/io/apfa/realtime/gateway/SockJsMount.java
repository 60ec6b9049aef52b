package io.apfa.realtime.gateway;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.UUID;

/**
 * A service under test by the SockJS protocol document. A plain echo answers what it is sent; the
 * bridge's echo is a ping with a timestamp, its way to be closed is to be sent nonsense.
 *
 * @param port where it listens
 * @param echo base URL of the echo
 * @param closing base URL of a service that closes at once; the bridge closes when provoked
 * @param withoutSockets base URL of an echo that has WebSockets disabled
 * @param withCookie base URL of an echo that sets JSESSIONID
 * @param isBridge whether it is the bridge
 * @param limitBytes bytes after which a streaming answer must end
 */
record SockJsMount(
    int port,
    String echo,
    String closing,
    String withoutSockets,
    String withCookie,
    boolean isBridge,
    int limitBytes) {
  /** A text as long as a ping may carry. */
  static final int TEXT_LENGTH = 48;

  /** What to send to get {@code text} back. */
  String message(String text) {
    return isBridge ? new JsonObject().put("type", "ping").put("timestamp", text).encode() : text;
  }

  /** What comes back for {@code text}. */
  String answer(String text) {
    return isBridge ? new JsonObject().put("type", "pong").put("timestamp", text).encode() : text;
  }

  /** The body that sends {@code texts}. */
  String payload(String... texts) {
    JsonArray array = new JsonArray();
    for (String text : texts) {
      array.add(message(text));
    }
    return array.encode();
  }

  /** The frame that brings {@code texts} back. */
  String frame(String... texts) {
    JsonArray array = new JsonArray();
    for (String text : texts) {
      array.add(answer(text));
    }
    return "a" + array.encode();
  }

  static String session() {
    return "/000/" + UUID.randomUUID();
  }

  HttpWire.Answer get(String path, String... headers) throws IOException {
    return HttpWire.exchange(port, "GET", path, null, headers);
  }

  HttpWire.Answer post(String path, String body, String... headers) throws IOException {
    return HttpWire.exchange(port, "POST", path, body, headers);
  }

  HttpWire.Answer options(String path, String... headers) throws IOException {
    return HttpWire.exchange(port, "OPTIONS", path, null, headers);
  }

  /** Begins a streaming answer. */
  HttpWire stream(String verb, String path) throws IOException {
    HttpWire wire = new HttpWire(port);
    wire.send("HTTP/1.1", verb, path, verb.equals("POST") ? "" : null);
    return wire;
  }

  /** Lets more than the limit be sent to the stream of {@code url}. */
  void flood(String url) throws IOException {
    if (isBridge) {
      post(
          url + "/xhr_send",
          new JsonArray()
              .add(
                  new JsonObject()
                      .put("type", "register")
                      .put("address", "celery:tasks")
                      .put("headers", new JsonObject().put("snapshot", "all"))
                      .encode())
              .encode());
    } else {
      post(url + "/xhr_send", payload("x".repeat(limitBytes / 2)));
      post(url + "/xhr_send", payload("x".repeat(limitBytes / 2)));
    }
  }

  /** Makes the service close the session at {@code url}, if it does not by itself. */
  void provoke(String url) throws IOException {
    if (isBridge) {
      post(url + "/xhr_send", "[\"{nonsense\"]");
    }
  }
}
