package io.sparkmm.train.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out who waits for whom. Inside an exchange a rank moves bytes, which takes all ranks about
 * the same time, or waits for others; the rank that comes last does not wait. So the time in
 * exchanges of the rank that has the least of it in an iteration is taken for the moving, and what
 * others have more for their waiting for that rank. An object belongs to one thread at a time.
 */
public final class RankWaits {
  /**
   * Waiting over some iterations.
   *
   * @param firstIteration first of them
   * @param lastIteration last of them
   * @param totalMillis their wall time
   * @param waitedMillis for each rank, how long it waited for others
   * @param slowest for each rank, in how many iterations all others waited for it
   * @param busy for each rank, what it did
   */
  public record Interval(
      long firstIteration,
      long lastIteration,
      double totalMillis,
      List<Double> waitedMillis,
      List<Integer> slowest,
      List<TimeSplit> busy) {
    public Interval {
      waitedMillis = List.copyOf(waitedMillis);
      slowest = List.copyOf(slowest);
      busy = List.copyOf(busy);
    }

    /** The rank that others waited for most often. */
    public int slowestRank() {
      int most = 0;
      for (int rank = 1; rank < slowest.size(); rank++) {
        most = slowest.get(rank) > slowest.get(most) ? rank : most;
      }
      return most;
    }

    /** Share of the time that the ranks but the slowest one waited, on average. */
    public double waitingShare() {
      int others = waitedMillis.size() - 1;
      double waited = waitedMillis.stream().mapToDouble(Double::doubleValue).sum();
      waited -= waitedMillis.get(slowestRank());
      return others < 1 || totalMillis <= 0 ? 0 : waited / others / totalMillis;
    }

    /** What the slowest rank did longer than the others: the part with the largest excess. */
    public String reason() {
      int rank = slowestRank();
      Map<String, Double> excess = new HashMap<>();
      excess.put("data", excess(rank, busy.stream().map(TimeSplit::data).toList()));
      excess.put("compute", excess(rank, busy.stream().map(TimeSplit::compute).toList()));
      excess.put("optimizer", excess(rank, busy.stream().map(TimeSplit::optimizer).toList()));
      excess.put("other", excess(rank, busy.stream().map(TimeSplit::other).toList()));
      return excess.entrySet().stream()
          .max(
              Map.Entry.<String, Double>comparingByValue()
                  .thenComparing(Map.Entry.<String, Double>comparingByKey()))
          .orElseThrow()
          .getKey();
    }

    private static double excess(int rank, List<Double> values) {
      double others = values.stream().mapToDouble(Double::doubleValue).sum() - values.get(rank);
      return values.get(rank) - others / Math.max(1, values.size() - 1);
    }
  }

  private static final double LONG_MILLIS = 60_000;

  private final int ranks;
  private final int fewest;
  private final List<List<WorkerTimes>> pending = new ArrayList<>();

  /**
   * Makes an object for a number of ranks.
   *
   * @param fewest iterations that are looked at together at least, unless they take a minute: one
   *     iteration alone is chance
   */
  public RankWaits(int ranks, int fewest) {
    this.ranks = ranks;
    this.fewest = fewest;
    for (int rank = 0; rank < ranks; rank++) {
      pending.add(new ArrayList<>());
    }
  }

  /**
   * Takes a rank's report.
   *
   * @return who waited, once all ranks have told of the same iterations and of enough of them
   */
  public Optional<Interval> add(WorkerTimes times) {
    if (times.rank() >= ranks || ranks < 2) {
      return Optional.empty();
    }
    pending.get(times.rank()).add(times);
    if (times.iterations() == 0 || !complete(times.lastIteration())) {
      return Optional.empty();
    }
    Interval interval = interval();
    long iterations = interval.lastIteration() - interval.firstIteration() + 1;
    if (iterations < fewest && interval.totalMillis() < LONG_MILLIS) {
      return Optional.empty();
    }
    pending.forEach(List::clear);
    return Optional.of(interval);
  }

  /** Forgets reports that are going to come again. */
  public void restart() {
    pending.forEach(List::clear);
  }

  private boolean complete(long last) {
    return pending.stream()
        .allMatch(
            reports ->
                !reports.isEmpty() && reports.get(reports.size() - 1).lastIteration() == last);
  }

  private Interval interval() {
    List<float[]> each = pending.stream().map(RankWaits::communication).toList();
    int iterations = each.stream().mapToInt(times -> times.length).min().orElse(0);
    double[] waited = new double[ranks];
    int[] slowest = new int[ranks];
    for (int i = 1; i <= iterations; i++) {
      // From the end: a rank that joined in the middle of an interval knows less of it.
      int last = 0;
      for (int rank = 1; rank < ranks; rank++) {
        last = at(each.get(rank), i) < at(each.get(last), i) ? rank : last;
      }
      slowest[last]++;
      for (int rank = 0; rank < ranks; rank++) {
        waited[rank] += at(each.get(rank), i) - at(each.get(last), i);
      }
    }
    List<TimeSplit> busy = pending.stream().map(RankWaits::sum).toList();
    long end = pending.get(0).get(pending.get(0).size() - 1).lastIteration();
    return new Interval(
        end - iterations + 1,
        end,
        busy.stream().mapToDouble(TimeSplit::total).max().orElse(0),
        Arrays.stream(waited).boxed().toList(),
        Arrays.stream(slowest).boxed().toList(),
        busy);
  }

  private static double at(float[] values, int fromEnd) {
    return values[values.length - fromEnd];
  }

  private static float[] communication(List<WorkerTimes> reports) {
    float[] all = new float[reports.stream().mapToInt(WorkerTimes::iterations).sum()];
    int at = 0;
    for (WorkerTimes report : reports) {
      System.arraycopy(report.communication(), 0, all, at, report.iterations());
      at += report.iterations();
    }
    return all;
  }

  private static TimeSplit sum(List<WorkerTimes> reports) {
    return reports.stream().map(WorkerTimes::times).reduce(TimeSplit.NONE, TimeSplit::plus);
  }
}
