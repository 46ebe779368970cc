package io.sparkmm.train.report;

import io.sparkmm.train.loop.TrainStart;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The page about a run.
 *
 * @param facts what was known before
 * @param history its figures
 * @param moment how it stands
 * @param start the model, once it is built
 * @param hosts where the ranks run
 */
record RunPage(
    RunFacts facts,
    RunHistory history,
    Moment moment,
    Optional<TrainStart> start,
    SortedMap<Integer, String> hosts) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);
  private static final int REFRESH_SECONDS = 10;

  /** Whether a run goes on. */
  enum Status {
    STARTING("starting"),
    RUNNING("running"),
    DONE("done"),
    FAILED("failed");

    private final String text;

    Status(String text) {
      this.text = text;
    }
  }

  /**
   * How a run stands.
   *
   * @param failure why it failed
   * @param now when
   * @param attempts its attempts, the first one first
   */
  record Moment(
      Status status, Optional<String> failure, LocalDateTime now, List<Attempt> attempts) {}

  String html() {
    StringBuilder page = new StringBuilder(1 << 16);
    boolean goesOn = moment.status() == Status.STARTING || moment.status() == Status.RUNNING;
    page.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    if (goesOn) {
      page.append(format("<meta http-equiv=\"refresh\" content=\"%d\">", REFRESH_SECONDS));
    }
    page.append("<title>")
        .append(Html.escape(facts.title()))
        .append("</title><style>")
        .append(RunPageStyle.CSS)
        .append("</style></head><body><main>");
    appendHead(page);
    appendFigures(page);
    appendCharts(page);
    new WorkerSection(history.workers(), hosts).append(page);
    appendAttempts(page);
    appendFacts(page);
    return page.append("</main></body></html>\n").toString();
  }

  private void appendHead(StringBuilder page) {
    String status = moment.status().text;
    long done = history.reached();
    page.append(
        format(
            "<header><h1>%s <span class=\"status %s\">%s</span></h1>",
            Html.escape(facts.title()), status, status));
    page.append(
        format(
            "<p class=\"note\">iteration %,d of %,d \u00b7 %s%s</p>",
            done,
            facts.iterations(),
            moment.attempts().isEmpty()
                ? ""
                : "begun " + TIME.format(moment.attempts().get(0).begun()) + " \u00b7 ",
            "as of " + TIME.format(moment.now())));
    page.append(
        format(
            "<div class=\"progress\"><i style=\"width:%.2f%%\"></i></div></header>",
            100.0 * done / Math.max(1, facts.iterations())));
    moment
        .failure()
        .ifPresent(
            cause ->
                page.append("<p class=\"failure\">").append(Html.escape(cause)).append("</p>"));
  }

  private void appendFigures(StringBuilder page) {
    List<String[]> figures = new ArrayList<>();
    history
        .last()
        .ifPresent(
            last -> {
              last.log()
                  .forEach(
                      (name, value) -> figures.add(new String[] {name, format("%.4g", value)}));
              figures.add(new String[] {"gradient norm", format("%.4g", last.gradNorm())});
              figures.add(new String[] {"learning rate", format("%.3g", last.learningRate())});
              figures.add(
                  new String[] {
                    "tokens/s", format("%,.0f", last.tokens() * 1000.0 / last.elapsedMillis())
                  });
              figures.add(
                  new String[] {"time per iteration", duration(last.elapsedMillis() / 1000)});
              figures.add(new String[] {"samples", format("%,d", last.consumedSamples())});
            });
    remaining().ifPresent(left -> figures.add(new String[] {"time left", left}));
    history
        .validations()
        .forEach(
            (name, curve) -> {
              List<LineChart.Point> points = curve.points();
              if (!points.isEmpty()) {
                figures.add(
                    new String[] {
                      "validation " + name, format("%.4g", points.get(points.size() - 1).y())
                    });
              }
            });
    page.append("<div class=\"figures\">");
    for (String[] figure : figures) {
      page.append("<div><span>")
          .append(Html.escape(figure[0]))
          .append("</span><b>")
          .append(Html.escape(figure[1]))
          .append("</b></div>");
    }
    page.append("</div>");
  }

  private Optional<String> remaining() {
    double millis = history.workers().values().stream().mapToDouble(w -> total(w)).max().orElse(0);
    if (moment.status() != Status.RUNNING || history.last().isEmpty() || millis <= 0) {
      return Optional.empty();
    }
    long left = facts.iterations() - history.last().get().iteration();
    return Optional.of(duration(left * millis / 1000));
  }

  private static double total(WorkerHistory worker) {
    return worker.latestMean().total() + worker.mean().save();
  }

  private void appendCharts(StringBuilder page) {
    List<LineChart.Series> losses = new ArrayList<>();
    history
        .losses()
        .forEach((name, curve) -> losses.add(new LineChart.Series(name, curve.points())));
    history
        .validations()
        .forEach(
            (name, curve) ->
                losses.add(new LineChart.Series("validation " + name, curve.points())));
    page.append("<div class=\"charts\">");
    appendChart(page, "Loss", losses);
    appendChart(page, "Gradient norm", history.gradNorm());
    appendChart(page, "Learning rate", history.learningRate());
    appendChart(page, "Tokens per second", history.tokensPerSecond());
    page.append("</div>");
  }

  private static void appendChart(StringBuilder page, String title, Curve curve) {
    appendChart(page, title, List.of(new LineChart.Series(title, curve.points())));
  }

  private static void appendChart(StringBuilder page, String title, List<LineChart.Series> series) {
    page.append("<section class=\"chart\"><h2>").append(title);
    if (series.size() > 1) {
      for (int i = 0; i < series.size(); i++) {
        page.append(format(" <small><i class=\"key k%d\"></i>", i))
            .append(Html.escape(series.get(i).name()))
            .append("</small>");
      }
    }
    page.append("</h2>")
        .append(new LineChart(title + " by iteration", false, series).svg())
        .append("</section>");
  }

  private void appendAttempts(StringBuilder page) {
    if (moment.attempts().isEmpty()) {
      return;
    }
    page.append("<section><h2>Attempts</h2><div class=\"wide\"><table><tr><th>begun</th>")
        .append("<th class=\"n\">from iteration</th><th class=\"n\">to</th><th>end</th></tr>");
    for (Attempt attempt : moment.attempts()) {
      page.append(
          format(
              "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td>%s</td></tr>",
              TIME.format(attempt.begun()),
              attempt.firstIteration().isPresent()
                  ? format("%,d", attempt.firstIteration().getAsLong())
                  : "",
              attempt.lastIteration().isPresent()
                  ? format("%,d", attempt.lastIteration().getAsLong())
                  : "",
              Html.escape(attempt.end().orElse("runs"))));
    }
    page.append("</table></div></section>");
  }

  private void appendFacts(StringBuilder page) {
    page.append("<div class=\"facts\">");
    start.ifPresent(
        built -> {
          page.append("<section><h2>Size</h2><table>");
          appendFact(page, "parameters", format("%,d", built.parameters()));
          appendFact(page, "of these trained", format("%,d", built.trainableParameters()));
          appendFact(page, "stored by rank 0", format("%,d", built.localElements()));
          appendFact(
              page, "micro-batches of an iteration", format("%,d each", built.microBatches()));
          page.append("</table></section>");
        });
    for (Map.Entry<String, Map<String, String>> group : facts.groups().entrySet()) {
      page.append("<section><h2>").append(Html.escape(group.getKey())).append("</h2><table>");
      group.getValue().forEach((name, value) -> appendFact(page, name, value));
      page.append("</table></section>");
    }
    page.append("</div>");
  }

  private static void appendFact(StringBuilder page, String name, String value) {
    page.append("<tr><th>")
        .append(Html.escape(name))
        .append("</th><td>")
        .append(Html.escape(value))
        .append("</td></tr>");
  }

  /** A time for people. */
  static String duration(double seconds) {
    if (seconds < 1) {
      return format("%.0f ms", seconds * 1000);
    }
    if (seconds < 120) {
      return format("%.1f s", seconds);
    }
    Duration time = Duration.ofSeconds(Math.round(seconds));
    return time.toHours() == 0
        ? format("%d min", time.toMinutes())
        : format("%d h %02d min", time.toHours(), time.toMinutesPart());
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
