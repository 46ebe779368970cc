package io.sparkmm.train.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A series of any length in little memory: when there are too many points, neighbours become their
 * mean. An object belongs to one thread at a time.
 */
final class Curve {
  private static final int MOST_POINTS = 2000;

  private final List<Bucket> buckets = new ArrayList<>();
  private int perBucket = 1;

  /** Some neighbouring points. */
  private static final class Bucket {
    final double first;
    double last;
    double sum;
    int count;

    Bucket(double first) {
      this.first = first;
    }

    void add(double x, double y) {
      last = x;
      sum += y;
      count++;
    }

    void add(Bucket next) {
      last = next.last;
      sum += next.sum;
      count += next.count;
    }
  }

  /** Appends a point; values that are not finite leave a gap. */
  void add(double x, double y) {
    if (!Double.isFinite(y)) {
      return;
    }
    if (buckets.isEmpty() || buckets.get(buckets.size() - 1).count >= perBucket) {
      if (buckets.size() >= MOST_POINTS) {
        halve();
      }
      buckets.add(new Bucket(x));
    }
    buckets.get(buckets.size() - 1).add(x, y);
  }

  /** Removes the points after one; those that have become a mean with later ones go, too. */
  void rewind(double x) {
    buckets.removeIf(bucket -> bucket.last > x);
  }

  List<LineChart.Point> points() {
    return buckets.stream()
        .map(
            bucket ->
                new LineChart.Point((bucket.first + bucket.last) / 2, bucket.sum / bucket.count))
        .toList();
  }

  private void halve() {
    perBucket *= 2;
    List<Bucket> merged = new ArrayList<>();
    for (int i = 0; i < buckets.size(); i += 2) {
      Bucket bucket = buckets.get(i);
      if (i + 1 < buckets.size()) {
        bucket.add(buckets.get(i + 1));
      }
      merged.add(bucket);
    }
    buckets.clear();
    buckets.addAll(merged);
  }
}
