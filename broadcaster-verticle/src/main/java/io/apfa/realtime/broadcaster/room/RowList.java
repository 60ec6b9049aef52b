package io.apfa.realtime.broadcaster.room;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A doubly linked list of rows whose links are in the rows: adding and removing cost the same in a
 * list of any length.
 *
 * <p>Confined to its verticle's context.
 */
final class RowList implements Iterable<Row> {
  private final int previousLink;
  private final int nextLink;
  private @Nullable Row first;
  private @Nullable Row last;
  private int size;

  @SuppressWarnings("EnumOrdinal") // the place of an axis's two links in a row
  RowList(Axis axis) {
    previousLink = 2 * axis.ordinal();
    nextLink = previousLink + 1;
  }

  int size() {
    return size;
  }

  @Nullable Row last() {
    return last;
  }

  @Nullable Row before(Row row) {
    return row.links[previousLink];
  }

  /** From the first; the list must not change meanwhile. */
  @Override
  public Iterator<Row> iterator() {
    return walk(first, nextLink);
  }

  /**
   * From an end, or from the neighbour of a row in the list; the list must not change meanwhile.
   *
   * @param backwards whether from the last to the first
   * @param behind the row that was the last one of the walk before; null = from the end
   */
  Iterable<Row> from(@Nullable Row behind, boolean backwards) {
    int link = backwards ? previousLink : nextLink;
    Row end = backwards ? last : first;
    Row start = behind == null ? end : behind.links[link];
    return () -> walk(start, link);
  }

  private static Iterator<Row> walk(@Nullable Row start, int link) {
    return new Iterator<>() {
      private @Nullable Row next = start;

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public Row next() {
        Row row = next;
        if (row == null) {
          throw new NoSuchElementException();
        }
        next = row.links[link];
        return row;
      }
    };
  }

  void addFirst(Row row) {
    Row second = first;
    row.links[previousLink] = null;
    row.links[nextLink] = second;
    if (second == null) {
      last = row;
    } else {
      second.links[previousLink] = row;
    }
    first = row;
    size++;
  }

  void remove(Row row) {
    Row before = row.links[previousLink];
    Row after = row.links[nextLink];
    if (before == null) {
      first = after;
    } else {
      before.links[nextLink] = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.links[previousLink] = before;
    }
    row.links[previousLink] = null;
    row.links[nextLink] = null;
    size--;
  }
}
