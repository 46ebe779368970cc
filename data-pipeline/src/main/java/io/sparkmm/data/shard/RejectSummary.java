package io.sparkmm.data.shard;

import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The rejects of one reason.
 *
 * @param reason why
 * @param count how many
 * @param examples the first of them, at most three
 */
public record RejectSummary(RejectReason reason, long count, List<RejectedSample> examples)
    implements Serializable {
  /** Most examples that are kept per reason. */
  public static final int MAX_EXAMPLES = 3;

  public RejectSummary {
    Objects.requireNonNull(reason, "reason");
    examples = List.copyOf(examples);
    if (examples.size() > MAX_EXAMPLES || examples.size() > count) {
      throw new IllegalArgumentException(
          "Cannot summarise " + count + " rejects with " + examples.size() + " examples");
    }
  }

  /** Counts rejects by reason; not thread-safe. */
  public static final class Counter {
    private final Map<RejectReason, Long> counts = new EnumMap<>(RejectReason.class);
    private final Map<RejectReason, List<RejectedSample>> examples =
        new EnumMap<>(RejectReason.class);

    /** Counts one reject. */
    public void add(RejectedSample reject) {
      add(new RejectSummary(reject.reason(), 1, List.of(reject)));
    }

    /** Counts what another counter has seen later in the data set. */
    public void add(RejectSummary summary) {
      counts.merge(summary.reason(), summary.count(), Long::sum);
      List<RejectedSample> kept =
          examples.computeIfAbsent(summary.reason(), reason -> new ArrayList<>());
      for (RejectedSample example : summary.examples()) {
        if (kept.size() < MAX_EXAMPLES) {
          kept.add(example);
        }
      }
    }

    /** The summaries, in the order of the reasons. */
    public List<RejectSummary> summaries() {
      return counts.entrySet().stream()
          .map(
              entry ->
                  new RejectSummary(entry.getKey(), entry.getValue(), examples.get(entry.getKey())))
          .toList();
    }
  }
}
