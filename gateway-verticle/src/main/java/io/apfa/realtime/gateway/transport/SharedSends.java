package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.WriteGathering;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * The sends of a flush to many that {@link WriteHelpers} take part in: what goes to sockets below
 * which there is nothing but the kernel waits here until {@value #MAX_WAITING} sessions were
 * served, or the flush is over, and is sent together then.
 *
 * <p>Confined to its verticle's context, which is the sockets' event loop.
 */
final class SharedSends implements WriteGathering {
  /** The first sockets of a flush to very many do not wait until the last session was served. */
  private static final int MAX_WAITING = 256;

  private final WriteHelpers helpers;
  private final HelpPolicy policy = new HelpPolicy();
  private final List<Send> waiting = new ArrayList<>();

  /** Kept, so that none is made for each flush. */
  private final WriteHelpers.Part sendPart = this::sendPart;

  private boolean open;

  /** A frame for one socket that waits. */
  private static final class Send {
    private final SocketLink link;
    private final PlainSocket socket;
    private final ByteBuf wireForm;
    private final Runnable onDone;

    /** Bytes that the kernel took. */
    private int taken;

    Send(SocketLink link, PlainSocket socket, ByteBuf wireForm, Runnable onDone) {
      this.link = link;
      this.socket = socket;
      this.wireForm = wireForm;
      this.onDone = onDone;
    }
  }

  /** Nothing waits but in a flush to many. */
  SharedSends(WriteHelpers helpers) {
    this.helpers = helpers;
  }

  @Override
  public void begin(int sessions, long nowNanos) {
    open = policy.pays(sessions, nowNanos) && !helpers.isEmpty();
  }

  @Override
  public void end() {
    open = false;
    sendAll();
  }

  /** Whether a flush to many is going on. */
  boolean isOpen() {
    return open;
  }

  /** Puts off {@code wireForm}, which it releases; {@code onDone} runs when it has left. */
  void add(SocketLink link, PlainSocket socket, ByteBuf wireForm, Runnable onDone) {
    link.setSendWaiting(true);
    waiting.add(new Send(link, socket, wireForm, onDone));
    if (waiting.size() == MAX_WAITING) {
      sendAll();
    }
  }

  /** What waits leaves before anything else is written to {@code link}. */
  void sendBefore(SocketLink link) {
    if (link.isSendWaiting()) {
      sendAll();
    }
  }

  private void sendAll() {
    if (waiting.isEmpty()) {
      return;
    }
    helpers.share(waiting.size(), sendPart);
    for (Send each : waiting) {
      each.link.setSendWaiting(false);
      if (FrameWriter.hasLeft(each.link, each.wireForm, each.taken, each.onDone)) {
        each.onDone.run();
      }
      each.wireForm.release();
    }
    waiting.clear();
  }

  private void sendPart(int from, int to) {
    for (int i = from; i < to; i++) {
      Send each = waiting.get(i);
      each.taken = each.socket.send(each.wireForm);
    }
  }

  /** Lets go of the helpers. */
  void close() {
    helpers.close();
  }
}
