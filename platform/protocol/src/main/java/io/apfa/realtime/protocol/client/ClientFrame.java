package io.apfa.realtime.protocol.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client says over a session: the Vert.x event-bus bridge's frames. Immutable. */
public sealed interface ClientFrame
    permits ClientFrame.Register,
        ClientFrame.Unregister,
        ClientFrame.Send,
        ClientFrame.Publish,
        ClientFrame.Ping,
        ClientFrame.Auth,
        ClientFrame.Invalid {

  /** Which frame this is. */
  Kind kind();

  /** The kinds. */
  enum Kind {
    REGISTER,
    UNREGISTER,
    SEND,
    PUBLISH,
    PING,
    AUTH,
    INVALID
  }

  /** Joins a room. */
  record Register(String address, Map<String, String> headers) implements ClientFrame {
    public Register {
      headers = Map.copyOf(headers);
    }

    @Override
    public Kind kind() {
      return Kind.REGISTER;
    }
  }

  /** Leaves a room. */
  record Unregister(String address) implements ClientFrame {
    @Override
    public Kind kind() {
      return Kind.UNREGISTER;
    }
  }

  /**
   * A command.
   *
   * @param replyAddress where the one reply goes; null = only a refusal is told, at the address
   * @param bodyJson JSON text of the body; {@code null} as text when there is none
   */
  record Send(
      String address, @Nullable String replyAddress, Map<String, String> headers, String bodyJson)
      implements ClientFrame {
    public Send {
      headers = Map.copyOf(headers);
    }

    @Override
    public Kind kind() {
      return Kind.SEND;
    }
  }

  /** Something the bridge knows and we refuse. */
  record Publish(String address) implements ClientFrame {
    @Override
    public Kind kind() {
      return Kind.PUBLISH;
    }
  }

  /**
   * A sign of life.
   *
   * @param timestampJson JSON text to give back in the pong; null = no pong is wanted
   * @param lagMillis how old the latest batch was when it was shown; NaN = not told
   */
  record Ping(@Nullable String timestampJson, double lagMillis) implements ClientFrame {
    @Override
    public Kind kind() {
      return Kind.PING;
    }
  }

  /** A token, as the first message of a plain WebSocket. */
  record Auth(String token) implements ClientFrame {
    @Override
    public Kind kind() {
      return Kind.AUTH;
    }
  }

  /**
   * A JSON object that is none of the frames above.
   *
   * @param address the address it named; null when it named none
   * @param message what was wrong and what was expected
   */
  record Invalid(@Nullable String address, String message) implements ClientFrame {
    @Override
    public Kind kind() {
      return Kind.INVALID;
    }
  }
}
