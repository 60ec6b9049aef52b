package io.apfa.realtime.gateway;

import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks a source's owner, its leading bridge and the leading rate-limit verticle, whoever they are
 * now. Futures fail with {@link RefusedException}.
 *
 * <p>Confined to its verticle's context.
 */
public final class SourceClient {
  /** How long an answer may take. */
  public static final Duration TIMEOUT = Duration.ofSeconds(5);

  private static final Duration LIMITS_TIMEOUT = Duration.ofMillis(500);

  private final Node node;
  private @Nullable NodeId leadingBridge;

  SourceClient(Node node) {
    this.node = node;
  }

  /** Asks the owner of {@code source}; once more when another one has taken over meanwhile. */
  public <T extends BusMessage> Future<T> askOwner(
      String source, BusMessage question, Class<T> answer) {
    return askOwner(source, question, answer, true);
  }

  private <T extends BusMessage> Future<T> askOwner(
      String source, BusMessage question, Class<T> answer, boolean again) {
    BusMessage.OwnerAnnouncement owner = node.directory().ownerOf(source);
    if (owner == null) {
      return Future.failedFuture(
          new RefusedException(
              ErrorCode.UNAVAILABLE, "source " + source + ": no broadcaster owns it right now"));
    }
    return node.bus()
        .request(owner.node(), question, answer, TIMEOUT)
        .recover(
            failure -> {
              BusMessage.OwnerAnnouncement now = node.directory().ownerOf(source);
              if (isUnavailable(failure) && owner.equals(now)) {
                node.directory().forgetOwner(owner);
              }
              boolean moved = now != null && now.token() > owner.token();
              return again && moved && isUnavailable(failure)
                  ? askOwner(source, question, answer, false)
                  : Future.failedFuture(failure);
            });
  }

  /** Asks the rate-limit nodes, one after the other until one leads, what became of the limits. */
  public Future<BusMessage.LimitsRecord> askLimits() {
    return askLimits(node.directory().nodesWith(Role.RATELIMIT), 0);
  }

  private Future<BusMessage.LimitsRecord> askLimits(List<NodeId> nodes, int index) {
    if (index >= nodes.size()) {
      return Future.failedFuture(
          new RefusedException(ErrorCode.UNAVAILABLE, "no rate-limit verticle leads right now"));
    }
    return node.bus()
        .request(
            nodes.get(index),
            new BusMessage.LimitsQuery(),
            BusMessage.LimitsRecord.class,
            LIMITS_TIMEOUT)
        .recover(failure -> askLimits(nodes, index + 1));
  }

  /**
   * Asks the leading bridge: the one that led last, then the others. A bridge that does not lead
   * refuses at once; one that does not answer in time may have acted, so no other one is asked.
   */
  public <T extends BusMessage> Future<T> askBridge(BusMessage question, Class<T> answer) {
    List<NodeId> bridges = new ArrayList<>(node.directory().nodesWith(Role.CELERY_BRIDGE));
    NodeId leading = leadingBridge;
    if (leading != null && bridges.remove(leading)) {
      bridges.add(0, leading);
    }
    return askBridge(bridges, 0, question, answer);
  }

  private <T extends BusMessage> Future<T> askBridge(
      List<NodeId> bridges, int index, BusMessage question, Class<T> answer) {
    if (index >= bridges.size()) {
      return Future.failedFuture(
          new RefusedException(
              ErrorCode.UNAVAILABLE, "no bridge to the broker answers right now; try again"));
    }
    NodeId bridge = bridges.get(index);
    long askedNanos = node.ticker().nanos();
    return node.bus()
        .request(bridge, question, answer, TIMEOUT)
        .onSuccess(reply -> leadingBridge = bridge)
        .recover(
            failure -> {
              boolean atOnce = node.ticker().nanos() - askedNanos < TIMEOUT.toNanos() / 2;
              return isUnavailable(failure) && atOnce && index + 1 < bridges.size()
                  ? askBridge(bridges, index + 1, question, answer)
                  : Future.failedFuture(failure);
            });
  }

  private static boolean isUnavailable(Throwable failure) {
    return failure instanceof RefusedException refused && refused.code() == ErrorCode.UNAVAILABLE;
  }
}
