package io.apfa.realtime.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A question to a source's task table: the filters of {@code GET /api/v1/tasks}. Filters are exact,
 * except {@code q}, which finds its text in uuid, name, args, kwargs or worker, ignoring case.
 * Newest update first, unless {@code order} says otherwise.
 *
 * <p>Immutable.
 *
 * @param limit tasks on a page, 1 to {@value #MAX_LIMIT}
 * @param cursor where the page starts, from the page before with the same filters and order; null =
 *     the first page
 */
public record TaskQuery(
    String source,
    @Nullable String state,
    @Nullable String name,
    @Nullable String worker,
    @Nullable String queue,
    @Nullable String q,
    int limit,
    @Nullable String cursor,
    Order order) {
  /** Most tasks on a page. */
  public static final int MAX_LIMIT = 1000;

  /** Tasks on a page when the query names no limit. */
  public static final int DEFAULT_LIMIT = 100;

  /** Which update comes first. */
  public enum Order {
    NEWEST_FIRST,
    /** What was not heard of for longest comes first. */
    OLDEST_FIRST
  }

  /** A question whose newest update comes first. */
  public TaskQuery(
      String source,
      @Nullable String state,
      @Nullable String name,
      @Nullable String worker,
      @Nullable String queue,
      @Nullable String q,
      int limit,
      @Nullable String cursor) {
    this(source, state, name, worker, queue, q, limit, cursor, Order.NEWEST_FIRST);
  }

  /** The same question for that many tasks a page. */
  public TaskQuery withLimit(int other) {
    return new TaskQuery(source, state, name, worker, queue, q, other, cursor, order);
  }

  /** The same question in that order. */
  public TaskQuery inOrder(Order other) {
    return new TaskQuery(source, state, name, worker, queue, q, limit, cursor, other);
  }
}
