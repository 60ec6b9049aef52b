package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Update.BatchProgress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The counters of every group and canvas, kept whether or not anyone listens. A canvas (the tasks
 * of one root) is a group from its second task on. A member that leaves the table stays counted;
 * the group itself leaves with its last member.
 *
 * <p>Confined to its verticle's context.
 */
final class GroupBook {
  private final Map<String, Group> groups = new HashMap<>();
  private final Set<String> changed = new LinkedHashSet<>();

  /** One group's counters. */
  private static final class Group {
    int total;
    int completed;
    int failed;
    int running;
    int inTable;
    int gone;
    int goneFailed;
    @Nullable BatchProgress logged;

    void count(String state, int sign) {
      total += sign;
      inTable += sign;
      if (TaskStates.isTerminal(state)) {
        completed += sign;
        failed += state.equals(TaskStates.SUCCESS) ? 0 : sign;
      } else if (isRunning(state)) {
        running += sign;
      }
    }

    static boolean isRunning(String state) {
      return state.equals(TaskStates.STARTED) || TaskStates.isCustom(state);
    }
  }

  /**
   * Members that left the table, as the store keeps them.
   *
   * @param completed of them
   * @param failed of them
   */
  public record Gone(String groupId, int completed, int failed) {}

  int size() {
    return groups.size();
  }

  /**
   * What of a task its groups count.
   *
   * @param root the id of its canvas
   * @param group the id of its group; null for none
   */
  record Member(String uuid, String root, @Nullable String group, String state) {
    static Member of(Task task) {
      return new Member(task.uuid(), task.rootOrSelf(), task.groupId(), task.state());
    }

    static Member of(Task.Builder task) {
      return new Member(task.uuid(), task.rootOrSelf(), task.groupId(), task.state());
    }
  }

  /**
   * Counts a change of a task.
   *
   * @param before null for a task that is new
   * @param memberOf the present task of a uuid in the table, or null
   */
  void onChange(
      @Nullable Member before, Member after, Function<String, @Nullable Member> memberOf) {
    if (after.equals(before)) {
      return;
    }
    String root = after.root();
    boolean known = groups.containsKey(root);
    boolean wasCounted =
        before != null && (before.root().equals(root) ? known : groups.containsKey(before.root()));
    if (known || !root.equals(after.uuid())) {
      Member rootTask = known ? null : memberOf.apply(root);
      if (rootTask != null && rootTask.root().equals(root)) {
        count(root, rootTask.state());
      }
      count(root, after.state());
    }
    countGroup(after);
    if (before != null) {
      if (wasCounted) {
        uncount(before.root(), before.state());
      }
      String group = before.group();
      if (group != null && !group.equals(before.root())) {
        uncount(group, before.state());
      }
    }
  }

  /** Counts a whole table, into an empty book. */
  void load(Collection<Task> tasks) {
    for (Task task : tasks) {
      if (!task.rootOrSelf().equals(task.uuid())) {
        count(task.rootOrSelf(), task.state());
      }
      countGroup(Member.of(task));
    }
    for (Task task : tasks) {
      if (task.rootOrSelf().equals(task.uuid()) && groups.containsKey(task.uuid())) {
        count(task.uuid(), task.state());
      }
    }
  }

  /**
   * Notes that an ended task left the table.
   *
   * @return the groups whose entries changed: with what is gone of them, or to be removed
   */
  List<Gone> onEvicted(Task task) {
    List<Gone> touched = new ArrayList<>();
    leave(task.rootOrSelf(), task, touched);
    if (task.groupId() != null && !task.groupId().equals(task.rootOrSelf())) {
      leave(task.groupId(), task, touched);
    }
    return touched;
  }

  /** Whether the book still has the group; a {@link Gone} of one it has not is to be removed. */
  boolean has(String groupId) {
    return groups.containsKey(groupId);
  }

  /** Adds what left the table before this owner loaded it; after every task was counted. */
  void restore(Gone gone) {
    Group group = groups.get(gone.groupId());
    if (group != null) {
      group.gone += gone.completed();
      group.goneFailed += gone.failed();
      group.total += gone.completed();
      group.completed += gone.completed();
      group.failed += gone.failed();
    }
  }

  /** The groups that changed since the last call, once each. */
  List<BatchProgress> takeChanged() {
    List<BatchProgress> progress = new ArrayList<>(changed.size());
    for (String id : changed) {
      Group group = groups.get(id);
      if (group != null) {
        BatchProgress now = progressOf(id, group);
        if (!now.equals(group.logged)) {
          progress.add(now);
        }
      }
    }
    changed.clear();
    return progress;
  }

  /** Whether any group changed since {@link #takeChanged}. */
  boolean hasChanged() {
    return !changed.isEmpty();
  }

  /** Notes that {@code progress} is logged: queries see it from now on. */
  void onLogged(BatchProgress progress) {
    Group group = groups.get(progress.groupId());
    if (group != null) {
      group.logged = progress;
    }
  }

  /** Takes every group as logged as it is: after loading a table. */
  void takeAllAsLogged() {
    groups.forEach((id, group) -> group.logged = progressOf(id, group));
    changed.clear();
  }

  /** The group's counters as logged; null when there is no such group. */
  @Nullable BatchProgress logged(String groupId) {
    Group group = groups.get(groupId);
    return group == null ? null : group.logged;
  }

  /** What is gone of every group, for a new epoch. */
  List<Gone> gone() {
    List<Gone> all = new ArrayList<>();
    groups.forEach(
        (id, group) -> {
          if (group.gone > 0) {
            all.add(new Gone(id, group.gone, group.goneFailed));
          }
        });
    return all;
  }

  private void count(String id, String state) {
    groups.computeIfAbsent(id, key -> new Group()).count(state, 1);
    changed.add(id);
  }

  private void countGroup(Member task) {
    String group = task.group();
    if (group != null && !group.equals(task.root())) {
      count(group, task.state());
    }
  }

  private void uncount(String id, String state) {
    Group group = groups.get(id);
    if (group != null) {
      group.count(state, -1);
      changed.add(id);
      if (group.inTable == 0 && group.gone == 0) {
        groups.remove(id);
      }
    }
  }

  private void leave(String id, Task task, List<Gone> touched) {
    Group group = groups.get(id);
    if (group == null) {
      return;
    }
    group.inTable--;
    group.gone++;
    if (!TaskStates.isTerminal(task.state())) {
      group.completed++;
      group.running -= Group.isRunning(task.state()) ? 1 : 0;
    } else if (!task.state().equals(TaskStates.SUCCESS)) {
      group.goneFailed++;
    }
    if (group.inTable == 0) {
      groups.remove(id);
    }
    touched.add(new Gone(id, group.gone, group.goneFailed));
  }

  private static BatchProgress progressOf(String id, Group group) {
    double percent = group.total == 0 ? 0 : 100.0 * group.completed / group.total;
    return new BatchProgress(
        id, group.total, group.completed, group.failed, group.running, percent);
  }
}
