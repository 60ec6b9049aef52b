package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Texts;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a client sent. Only the members named here are looked at: nothing else in the envelope
 * has any effect.
 *
 * <p>Immutable.
 */
public final class ClientFrameDecoder {
  /** Longest accepted address, in UTF-16 units. */
  public static final int MAX_ADDRESS_LENGTH = 512;

  private static final int MAX_TIMESTAMP_LENGTH = 64;

  private ClientFrameDecoder() {}

  /**
   * Reads one text frame.
   *
   * @return the frame; {@link ClientFrame.Invalid} for an object that is none of ours
   * @throws IllegalArgumentException when it is not one JSON object, or nested too deep
   */
  public static ClientFrame decode(String text) {
    JsonMembers members = JsonMembers.parse(text);
    String address = null;
    try {
      address = members.text("address");
      String type = members.requiredText("type");
      return switch (type) {
        case "register" ->
            new ClientFrame.Register(require("address", address), members.scalars("headers"));
        case "unregister" -> new ClientFrame.Unregister(require("address", address));
        case "send" -> send(members, require("address", address));
        case "publish" -> new ClientFrame.Publish(require("address", address));
        case "ping" -> ping(members);
        case "auth" -> new ClientFrame.Auth(members.requiredText("token"));
        default ->
            new ClientFrame.Invalid(
                address,
                "type: "
                    + Texts.quote(type, 32)
                    + " (expected: register, unregister, send or ping)");
      };
    } catch (IllegalArgumentException e) {
      return new ClientFrame.Invalid(address, String.valueOf(e.getMessage()));
    }
  }

  private static ClientFrame send(JsonMembers members, String address) {
    String body = members.json("body");
    String replyAddress = members.text("replyAddress");
    if (replyAddress != null) {
      require("replyAddress", replyAddress);
    }
    return new ClientFrame.Send(
        address, replyAddress, members.scalars("headers"), body == null ? "null" : body);
  }

  private static ClientFrame ping(JsonMembers members) {
    String timestamp = members.has("timestamp") ? members.json("timestamp") : null;
    boolean scalar = !members.isObject("timestamp") && !members.isArray("timestamp");
    if (timestamp != null && (!scalar || timestamp.length() > MAX_TIMESTAMP_LENGTH)) {
      throw new IllegalArgumentException(
          "timestamp: " + Texts.quote(timestamp, 32) + " (expected: a number or a short text)");
    }
    double lag = members.isNumber("lag") ? members.real("lag", Double.NaN) : Double.NaN;
    return new ClientFrame.Ping(timestamp, lag);
  }

  private static String require(String name, @Nullable String address) {
    if (address == null || address.isEmpty() || address.length() > MAX_ADDRESS_LENGTH) {
      throw new IllegalArgumentException(
          name
              + ": "
              + (address == null ? "missing" : Texts.quote(address, 32))
              + " (expected: 1 to "
              + MAX_ADDRESS_LENGTH
              + " characters)");
    }
    return address;
  }
}
