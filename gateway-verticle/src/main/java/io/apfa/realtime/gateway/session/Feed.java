package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.StreamPosition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * What one room has for its subscriptions, by position.
 *
 * <p>Confined to its verticle's context.
 */
abstract class Feed {
  /** The place of a subscription that is not a member. */
  static final int NOWHERE = -1;

  /** By so much of all members the next round begins later: no few rounds begin close together. */
  private static final double TURN_FRACTION = 0.382;

  /** In no order: the last one takes the place of one that leaves. */
  private final ArrayList<Subscription> subscriptions = new ArrayList<>();

  /** The member that the last round began with. */
  private int turn;

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

  /**
   * Calls every member, beginning with another one each time: writing to thousands takes a while,
   * and it is not always the same who are written to last.
   */
  void forEachInTurn(Consumer<Subscription> action) {
    int count = subscriptions.size();
    if (count == 0) {
      return;
    }
    turn = (turn + 1 + (int) (count * TURN_FRACTION)) % count;
    for (int i = turn; i < count; i++) {
      action.accept(subscriptions.get(i));
    }
    for (int i = 0; i < turn; i++) {
      action.accept(subscriptions.get(i));
    }
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
