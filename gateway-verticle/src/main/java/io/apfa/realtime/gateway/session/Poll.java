package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP client waiting for a room's updates after its position.
 *
 * <p>Immutable.
 *
 * @param asked where it is; null = it asks where the stream is
 * @param deadlineNanos when it is answered even without updates
 * @param maxUpdates updates at most
 */
public record Poll(
    Room room,
    @Nullable StreamPosition asked,
    long deadlineNanos,
    int maxUpdates,
    Consumer<Answer> answer) {

  /**
   * What it gets.
   *
   * @param position where to go on
   * @param recovered whether {@code batches} are all that followed its position
   */
  public record Answer(StreamPosition position, boolean recovered, List<Batch> batches) {
    public Answer {
      batches = List.copyOf(batches);
    }
  }
}
