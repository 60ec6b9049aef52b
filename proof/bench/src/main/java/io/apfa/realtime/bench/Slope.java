package io.apfa.realtime.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * A straight line through what was seen over time, by least squares. Confined to the bench's
 * thread.
 */
final class Slope {
  private final List<double[]> points = new ArrayList<>();

  /** A value at a time. */
  void add(double seconds, double value) {
    points.add(new double[] {seconds, value});
  }

  /**
   * How fast it grows.
   *
   * @param perHour by so much each hour
   * @param error the standard error of that, as if the points did not depend on each other
   */
  record Growth(double perHour, double error) {
    /** Whether it is more than twice its error above nothing. */
    boolean isGrowing() {
      return perHour > 2 * error;
    }
  }

  /**
   * The line's growth; not a number with fewer than two points, its error with fewer than three.
   */
  Growth growth() {
    int n = points.size();
    double meanX = points.stream().mapToDouble(point -> point[0]).average().orElse(Double.NaN);
    double meanY = points.stream().mapToDouble(point -> point[1]).average().orElse(Double.NaN);
    double xx = 0;
    double xy = 0;
    for (double[] point : points) {
      xx += (point[0] - meanX) * (point[0] - meanX);
      xy += (point[0] - meanX) * (point[1] - meanY);
    }
    double slope = xy / xx;
    double squares = 0;
    for (double[] point : points) {
      double off = point[1] - meanY - slope * (point[0] - meanX);
      squares += off * off;
    }
    double error = n < 3 ? Double.NaN : Math.sqrt(squares / (n - 2) / xx);
    return new Growth(3600 * slope, 3600 * error);
  }
}
