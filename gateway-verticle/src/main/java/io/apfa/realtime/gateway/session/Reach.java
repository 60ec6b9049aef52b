package io.apfa.realtime.gateway.session;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whom a source's news reach that were not written yet.
 *
 * <p>Immutable.
 *
 * @param sessions that have some
 * @param rooms that have some, {@value #MAX_ROOMS} at most
 */
public record Reach(int sessions, List<String> rooms) {
  /** More rooms than these are not named. */
  public static final int MAX_ROOMS = 8;

  public Reach {
    rooms = List.copyOf(rooms);
  }

  /** What of {@code source}'s news waits for {@code queued} sessions. */
  static Reach of(String source, List<Collection<Session>> queued) {
    int sessions = 0;
    Set<String> rooms = new TreeSet<>();
    for (Collection<Session> some : queued) {
      for (Session session : some) {
        boolean reached = false;
        for (Subscription subscription : session.subscriptions()) {
          if (subscription.room().source().equals(source) && Session.hasNews(subscription)) {
            reached = true;
            if (rooms.size() < MAX_ROOMS) {
              rooms.add(subscription.room().name());
            }
          }
        }
        sessions += reached ? 1 : 0;
      }
    }
    return new Reach(sessions, List.copyOf(rooms));
  }
}
