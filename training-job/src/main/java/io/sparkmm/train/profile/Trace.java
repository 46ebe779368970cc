package io.sparkmm.train.profile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Events of one rank in the trace-event format that {@code chrome://tracing} and Perfetto open.
 * Times are microseconds since the trace began.
 */
final class Trace {
  /** Kinds of events; each has a track of its own. */
  enum Track {
    STEP,
    PHASE,
    MODULE
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private final int rank;
  private final long origin;
  private final ArrayNode events = JSON.createArrayNode();
  private final Map<String, Sum> sums = new TreeMap<>();

  private static final class Sum {
    long count;
    long nanos;
    long longest;
  }

  Trace(int rank, long originNanos) {
    this.rank = rank;
    this.origin = originNanos;
    metadata("process_name", 0, "rank " + rank);
    for (Track track : Track.values()) {
      metadata("thread_name", track.ordinal(), track.name().toLowerCase(Locale.ROOT) + "s");
    }
  }

  /** Adds something that took time; values may be added to what is returned. */
  ObjectNode add(Track track, String name, long startNanos, long endNanos) {
    Sum sum =
        sums.computeIfAbsent(track.name().toLowerCase(Locale.ROOT) + "\t" + name, k -> new Sum());
    sum.count++;
    sum.nanos += endNanos - startNanos;
    sum.longest = Math.max(sum.longest, endNanos - startNanos);
    ObjectNode event = event("X", track.ordinal(), name);
    event.put("cat", track.name().toLowerCase(Locale.ROOT));
    event.put("ts", micros(startNanos - origin));
    event.put("dur", micros(endNanos - startNanos));
    return event.putObject("args");
  }

  /** Adds values at a point of time, drawn as a curve each. */
  void count(String name, long nanos, Map<String, Long> values) {
    ObjectNode event = event("C", 0, name);
    event.put("ts", micros(nanos - origin));
    ObjectNode args = event.putObject("args");
    values.forEach(args::put);
  }

  /** Writes the trace. */
  void write(Path file) {
    ObjectNode root = JSON.createObjectNode();
    root.put("displayTimeUnit", "ms");
    root.set("traceEvents", events);
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      JSON.writeValue(file.toFile(), root);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write trace " + file + ": " + e, e);
    }
  }

  /** Writes a table of the sums by kind and name, separated by tabs, longest sums first. */
  void writeSums(Path file) {
    List<Map.Entry<String, Sum>> rows = new ArrayList<>(sums.entrySet());
    rows.sort((a, b) -> Long.compare(b.getValue().nanos, a.getValue().nanos));
    StringBuilder table = new StringBuilder("kind\tname\tcount\ttotal_ms\tmean_ms\tmax_ms\n");
    for (Map.Entry<String, Sum> row : rows) {
      Sum sum = row.getValue();
      table.append(
          String.format(
              Locale.ROOT,
              "%s\t%d\t%.3f\t%.3f\t%.3f%n",
              row.getKey(),
              sum.count,
              sum.nanos / 1e6,
              sum.nanos / 1e6 / sum.count,
              sum.longest / 1e6));
    }
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, table, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write sums of a trace " + file + ": " + e, e);
    }
  }

  private void metadata(String kind, int thread, String name) {
    event("M", thread, kind).putObject("args").put("name", name);
  }

  private ObjectNode event(String kind, int thread, String name) {
    return events.addObject().put("name", name).put("ph", kind).put("pid", rank).put("tid", thread);
  }

  private static double micros(long nanos) {
    return nanos / 1e3;
  }
}
