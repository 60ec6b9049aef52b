package io.apfa.realtime.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a {@link TaskQuery}.
 *
 * <p>Immutable.
 *
 * @param position the first page's position, on every page
 * @param total tasks that match
 * @param next the next page's cursor; null on the last
 */
public record TaskPage(
    StreamPosition position, long total, List<Task> tasks, @Nullable String next) {
  public TaskPage {
    tasks = List.copyOf(tasks);
  }
}
