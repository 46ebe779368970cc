package io.sparkmm.train.report;

import io.sparkmm.train.metrics.TimeSplit;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.ToDoubleFunction;

/**
 * The part of a page that shows where every worker's time goes and who waits for whom.
 *
 * @param workers ranks that have told of their time
 * @param hosts where the ranks run
 */
record WorkerSection(SortedMap<Integer, WorkerHistory> workers, SortedMap<Integer, String> hosts) {
  private static final double NOTABLE_SHARE = 0.1;

  /** A part of an iteration as it is drawn. */
  private enum Part {
    DATA("data", TimeSplit::data),
    GATHER("gather", TimeSplit::gather),
    FORWARD("forward", TimeSplit::forward),
    EXCHANGE("exchange", TimeSplit::exchange),
    BACKWARD("backward", TimeSplit::backward),
    REDUCE("reduce", TimeSplit::reduce),
    OPTIMIZER("optimizer", TimeSplit::optimizer),
    SAVE("save", TimeSplit::save),
    OTHER("other", TimeSplit::other);

    private final String text;
    private final ToDoubleFunction<TimeSplit> value;

    Part(String text, ToDoubleFunction<TimeSplit> value) {
      this.text = text;
      this.value = value;
    }
  }

  void append(StringBuilder page) {
    if (workers.isEmpty()) {
      return;
    }
    page.append("<section><h2>Where the workers' time goes</h2><p class=\"legend\">");
    for (Part part : Part.values()) {
      page.append(format("<span><i class=\"%s\"></i>%s</span>", part.text, part.text));
    }
    page.append("</p>");
    double longest =
        workers.values().stream()
            .mapToDouble(worker -> worker.mean().total() + worker.mean().save())
            .max()
            .orElse(1);
    workers.forEach((rank, worker) -> appendBar(page, rank, worker.mean(), longest));
    appendTable(page);
    page.append("</section>");
    if (workers.size() > 1) {
      appendWaits(page);
    }
  }

  private void appendBar(StringBuilder page, int rank, TimeSplit mean, double longest) {
    page.append(format("<div class=\"bar\"><span>rank %d</span><div>", rank));
    for (Part part : Part.values()) {
      double share = 100 * part.value.applyAsDouble(mean) / longest;
      if (share > 0.05) {
        page.append(
            format(
                "<i class=\"%s\" style=\"width:%.2f%%\" title=\"%s %.1f ms\"></i>",
                part.text, share, part.text, part.value.applyAsDouble(mean)));
      }
    }
    page.append(
        format(
            "</div><span class=\"n\">%s</span></div>",
            RunPage.duration((mean.total() + mean.save()) / 1000)));
  }

  private void appendTable(StringBuilder page) {
    page.append("<details><summary>milliseconds of an iteration, means</summary>")
        .append("<div class=\"wide\"><table><tr><th>rank</th><th>host</th>");
    for (Part part : Part.values()) {
      page.append(format("<th class=\"n\">%s</th>", part.text));
    }
    page.append("<th class=\"n\">memory</th></tr>");
    workers.forEach(
        (rank, worker) -> {
          page.append(format("<tr><td>%d</td><td>%s</td>", rank, Html.escape(host(rank))));
          for (Part part : Part.values()) {
            page.append(
                format("<td class=\"n\">%,.1f</td>", part.value.applyAsDouble(worker.mean())));
          }
          page.append(
              format(
                  "<td class=\"n\">%s</td></tr>",
                  worker.residentBytes() == 0
                      ? ""
                      : format("%,.0f MiB", worker.residentBytes() / 1048576.0)));
        });
    page.append("</table></div></details>");
  }

  private void appendWaits(StringBuilder page) {
    page.append("<section><h2>Who waits for whom</h2><p>").append(Html.escape(verdict()));
    page.append("</p><div class=\"wide\"><table><tr><th>rank</th><th>host</th>")
        .append("<th class=\"n\">the slowest, share of iterations</th>")
        .append("<th class=\"n\">waits for others, share of time</th>")
        .append("<th class=\"n\">of an iteration</th></tr>");
    workers.forEach(
        (rank, worker) ->
            page.append(
                format(
                    "<tr><td>%d</td><td>%s</td><td class=\"n\">%.0f %%</td>"
                        + "<td class=\"n\">%.1f %%</td><td class=\"n\">%s</td></tr>",
                    rank,
                    Html.escape(host(rank)),
                    100 * worker.slowestShare(),
                    100 * worker.waitingShare(),
                    RunPage.duration(worker.waitedPerIteration() / 1000))));
    page.append("</table></div></section>");
  }

  private String verdict() {
    Map.Entry<Integer, WorkerHistory> slowest =
        workers.entrySet().stream()
            .max(Comparator.comparingDouble(entry -> entry.getValue().slowestShare()))
            .orElseThrow();
    double others =
        workers.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(slowest.getKey()))
            .mapToDouble(entry -> entry.getValue().waitingShare())
            .average()
            .orElse(0);
    if (others < NOTABLE_SHARE) {
      return format("The workers keep step: they wait %.1f %% of the time.", 100 * others);
    }
    if (slowest.getValue().slowestShare() <= 0.5) {
      return format(
          "The workers take turns in being late: they wait %.0f %% of the time.", 100 * others);
    }
    return format(
        "Rank %d on %s is the slowest in %.0f %% of the iterations; the others wait %.0f %% of the"
            + " time.",
        slowest.getKey(),
        host(slowest.getKey()),
        100 * slowest.getValue().slowestShare(),
        100 * others);
  }

  private String host(int rank) {
    return hosts.getOrDefault(rank, "");
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
