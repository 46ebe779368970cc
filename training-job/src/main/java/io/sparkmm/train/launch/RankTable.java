package io.sparkmm.train.launch;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** Last sign of life of every rank, as the driver has heard it. Not safe for several threads. */
final class RankTable {
  private final int workers;
  private final LongSupplier nanoTime;
  private final Map<Integer, Row> rows = new TreeMap<>();

  RankTable(int workers, LongSupplier nanoTime) {
    this.workers = workers;
    this.nanoTime = nanoTime;
  }

  void joined(WorkerPlace place) {
    rows.put(place.rank(), new Row(place, "start", 0, nanoTime.getAsLong()));
  }

  void seen(int rank, String phase, long step) {
    rows.computeIfPresent(
        rank, (key, row) -> new Row(row.place, phase, step, nanoTime.getAsLong()));
  }

  void step(int rank, long step) {
    rows.computeIfPresent(
        rank, (key, row) -> new Row(row.place, row.phase, step, nanoTime.getAsLong()));
  }

  /** Changes a rank's phase without counting it as a sign of life. */
  void mark(int rank, String phase) {
    rows.computeIfPresent(rank, (key, row) -> new Row(row.place, phase, row.step, row.seenNanos));
  }

  /** The rank whose worker runs as this partition's task; {@code -1} while it has not joined. */
  int rankOfPartition(int partition) {
    return rows.values().stream()
        .filter(row -> row.place.partition() == partition)
        .mapToInt(row -> row.place.rank())
        .findFirst()
        .orElse(-1);
  }

  /** Where a rank that has joined is. */
  WorkerPlace place(int rank) {
    return rows.get(rank).place;
  }

  /** A rank has failed: what it was doing becomes {@code phase}. */
  void fail(WorkerFailure failure, String phase) {
    rows.computeIfPresent(
        failure.rank(),
        (key, row) ->
            new Row(
                row.place,
                phase,
                failure.step(),
                // A rank that was lost or stuck has not been heard of.
                failure.kind() == LaunchException.Kind.WORKER
                    ? nanoTime.getAsLong()
                    : row.seenNanos));
  }

  String phase(int rank) {
    Row row = rows.get(rank);
    return row == null ? "start" : row.phase;
  }

  long step(int rank) {
    Row row = rows.get(rank);
    return row == null ? 0 : row.step;
  }

  /** The table as text: a header and one line per rank. */
  String render() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%4s  %-24s  %-8s  %-10s  %8s  %s",
            "rank",
            "host",
            "executor",
            "phase",
            "step",
            "last seen"));
    long now = nanoTime.getAsLong();
    for (int rank = 0; rank < workers; rank++) {
      Row row = rows.get(rank);
      if (row == null) {
        text.append(String.format(Locale.ROOT, "%n%4d  not joined", rank));
      } else {
        text.append(
            String.format(
                Locale.ROOT,
                "%n%4d  %-24s  %-8s  %-10s  %8d  %.1f s ago",
                rank,
                row.place.host(),
                row.place.executorId(),
                row.phase,
                row.step,
                (now - row.seenNanos) / 1e9));
      }
    }
    return text.toString();
  }

  private record Row(WorkerPlace place, String phase, long step, long seenNanos) {}
}
