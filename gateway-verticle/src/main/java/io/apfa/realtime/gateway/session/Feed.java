package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.StreamPosition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What one room has for its subscriptions, by position.
 *
 * <p>Confined to its verticle's context.
 */
abstract class Feed {
  /** The place of a subscription that is not a member. */
  static final int NOWHERE = -1;

  /** In no order: the last one takes the place of one that leaves. */
  private final ArrayList<Subscription> subscriptions = new ArrayList<>();

  /**
   * The frames for a subscription at one position.
   *
   * @param end the position after them
   * @param conflated rows left out
   * @param generation the generation it is in step with after them; 0 = none
   */
  record Composition(List<Frame> frames, long end, int conflated, long generation) {}

  /** Whether there is anything after {@code position}. */
  abstract boolean hasAfter(long position);

  /** Whether what follows {@code position} is at hand. */
  abstract boolean reaches(long position);

  /**
   * The frames after {@code position}.
   *
   * @param conflate whether only the last row of each key may go out
   * @param maxFrames frames at most; the rest stays for later
   * @param generation the generation the subscription is in step with; 0 = none
   */
  abstract Composition compose(
      long position, Format format, boolean conflate, int maxFrames, Shape shape, long generation);

  /** Where a subscription that begins now begins. */
  abstract StreamPosition position();

  /** Members. */
  Collection<Subscription> subscriptions() {
    return subscriptions;
  }

  /** Whether it was not a member before. */
  boolean add(Subscription subscription) {
    if (subscription.place() != NOWHERE) {
      return false;
    }
    subscription.setPlace(subscriptions.size());
    return subscriptions.add(subscription);
  }

  /** Whether it was a member. */
  boolean remove(Subscription subscription) {
    int place = subscription.place();
    if (place == NOWHERE) {
      return false;
    }
    Subscription last = subscriptions.remove(subscriptions.size() - 1);
    if (last != subscription) {
      subscriptions.set(place, last);
      last.setPlace(place);
    }
    subscription.setPlace(NOWHERE);
    return true;
  }

  boolean isEmpty() {
    return subscriptions.isEmpty();
  }
}
