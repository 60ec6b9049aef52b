package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Session;

/** What a text message of a client does to its session. Called on the session's thread. */
public interface Inbound {
  /**
   * A text message came.
   *
   * @param binary whether the transport can carry binary frames
   */
  void onText(Session session, String text, boolean binary);
}
