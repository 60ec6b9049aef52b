package io.apfa.realtime.e2e;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the table and the gaps say, held against the record of what was published. Immutable.
 *
 * @param right tasks in the state that the record gives them
 * @param covered tasks that are not, within a gap of their time (of their worker, or of any)
 * @param uncovered what is wrong and nobody says so
 * @param lostStarts starts that were published and not heard
 * @param unnamed of those, the ones that no gap with their worker and their time names
 */
record LossRecord(
    int right, int covered, List<String> uncovered, int lostStarts, List<String> unnamed) {
  private static final int STARTED = 2;
  private static final int SUCCEEDED = 3;

  static LossRecord judge(
      List<PublishedTasks.Published> published,
      Map<String, JsonObject> table,
      List<JsonObject> gaps) {
    int right = 0;
    int covered = 0;
    int lostStarts = 0;
    List<String> uncovered = new ArrayList<>();
    List<String> unnamed = new ArrayList<>();
    for (PublishedTasks.Published task : published) {
      JsonObject row = table.get(task.uuid);
      if (row != null && "SUCCESS".equals(row.getString("state"))) {
        right++;
      } else if (isIn(gaps, task, SUCCEEDED, false)) {
        covered++;
      } else {
        uncovered.add(
            task.uuid + " of " + task.hostname() + " at " + task.millis[SUCCEEDED] + ": " + row);
      }
      if (row == null || row.getValue("started") == null) {
        lostStarts++;
        if (!isIn(gaps, task, STARTED, true)) {
          unnamed.add(task.uuid + " of " + task.hostname() + " at " + task.millis[STARTED]);
        }
      }
    }
    return new LossRecord(right, covered, uncovered, lostStarts, unnamed);
  }

  private static boolean isIn(
      List<JsonObject> gaps, PublishedTasks.Published task, int step, boolean isNamed) {
    double seconds = task.millis[step] / 1000.0;
    for (JsonObject gap : gaps) {
      String worker = gap.getString("worker");
      boolean fits = worker == null ? !isNamed : worker.equals(task.hostname());
      if (fits && gap.getDouble("since") <= seconds && seconds <= gap.getDouble("until")) {
        return true;
      }
    }
    return false;
  }
}
