package io.apfa.realtime.gateway.session;

/**
 * What one tick may compose for sessions that are held back. Each of them stands at a position of
 * its own, so its frames are made for it alone; when many can be written to again at once, as slow
 * readers with equal buffers do, they are served over several ticks, and those who keep up are not
 * kept waiting meanwhile.
 *
 * <p>Confined to its verticle's context.
 */
final class WorkBudget {
  /**
   * Rows composed for held sessions in a tick: some milliseconds, as what they have not had yet is
   * in no cache any more.
   */
  static final int ROWS = 500;

  private int left = ROWS;

  /** A tick begins. */
  void renew() {
    left = ROWS;
  }

  /** {@code rows} were composed. */
  void spend(int rows) {
    left -= rows;
  }

  /** Whether nothing is left of it. */
  boolean isSpent() {
    return left <= 0;
  }
}
