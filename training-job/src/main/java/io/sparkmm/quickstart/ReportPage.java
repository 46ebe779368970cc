package io.sparkmm.quickstart;

import io.sparkmm.train.report.Html;
import io.sparkmm.train.report.LineChart;
import io.sparkmm.train.report.PageFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The page that shows what a quickstart run did: the loss curve, the throughput, the accuracy
 * before and after training, and held-out pictures with their answers. One file, no script, no
 * network.
 *
 * @param title heading of the page
 * @param facts short facts, name to value
 * @param loss loss by iteration
 * @param samplesPerSecond throughput by iteration
 * @param answers what the models said before and after
 * @param stages the stages of the run
 */
record ReportPage(
    String title,
    Map<String, String> facts,
    List<LineChart.Point> loss,
    List<LineChart.Point> samplesPerSecond,
    Answers answers,
    List<StageTable.Stage> stages) {
  private static final int SHOWN_PER_KIND = 3;
  private static final int SHOWN_WRONG = 6;

  private static final String STYLE =
      """
      :root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--soft:#f3f5f7;--line:#d5dae0;--accent:#c4500a;--good:#0b7a3e;--bad:#b3261e}
      @media (prefers-color-scheme:dark){:root{--fg:#e6e9ed;--bg:#14171a;--soft:#1f2429;--line:#3a424b;--accent:#ff9a4d;--good:#5fd08f;--bad:#ff8a80}}
      body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:980px;margin:2rem auto;padding:0 1rem}
      h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
      table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
      td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
      svg{width:100%;height:auto;background:var(--soft);border-radius:8px}svg text{font-size:11px;fill:var(--fg)}
      .grid{stroke:var(--line)}.line{fill:none;stroke:var(--accent);stroke-width:2}
      .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:.8rem}
      .card{display:flex;gap:.8rem;background:var(--soft);border-radius:8px;padding:.8rem;overflow-wrap:anywhere}
      .card img{width:96px;height:96px;image-rendering:pixelated;border-radius:4px;flex:none}
      .card p{margin:0 0 .2rem}.q{font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}.k{opacity:.7}
      """;

  /** Writes the page; the file appears whole. */
  void write(Path file) throws IOException {
    PageFile.write(file, html());
  }

  private String html() throws IOException {
    StringBuilder page = new StringBuilder(1 << 16);
    page.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>")
        .append(Html.escape(title))
        .append("</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>")
        .append(Html.escape(title))
        .append("</h1><table>");
    facts.forEach(
        (name, value) ->
            page.append("<tr><th>")
                .append(Html.escape(name))
                .append("</th><td>")
                .append(Html.escape(value))
                .append("</td></tr>"));
    page.append("</table>");
    appendAccuracy(page);
    page.append("<h2>Loss by iteration (logarithmic)</h2>")
        .append(new LineChart("Loss by iteration", loss, true).svg())
        .append("<h2>Samples per second by iteration</h2>")
        .append(new LineChart("Samples per second by iteration", samplesPerSecond, false).svg());
    appendCards(page, "Held-out pictures", examples());
    appendCards(page, "Where the trained model is wrong", mistakes());
    appendStages(page);
    return page.append("</body></html>\n").toString();
  }

  private void appendAccuracy(StringBuilder page) {
    page.append("<h2>Exact answers to held-out questions</h2><table><tr><th>kind</th>")
        .append("<th class=\"n\">asked</th><th class=\"n\">untrained</th>")
        .append("<th class=\"n\">trained, no picture</th><th class=\"n\">trained</th></tr>");
    Map<String, AnswerSheet.Score> trained = new LinkedHashMap<>(answers.after().byKind());
    trained.forEach(
        (kind, score) ->
            appendScores(
                page,
                kind,
                answers.before().byKind().get(kind),
                answers.blind().byKind().get(kind),
                score));
    appendScores(
        page,
        "all",
        answers.before().overall(),
        answers.blind().overall(),
        answers.after().overall());
    page.append(
            "</table><p class=\"k\">Pictures and questions were drawn from another seed than the")
        .append(
            " training set. Most combinations of colours and shapes occur in training, too: the")
        .append(
            " test is of new positions, sizes, tints and noise more than of new combinations.</p>");
  }

  private static void appendScores(
      StringBuilder page,
      String kind,
      AnswerSheet.Score before,
      AnswerSheet.Score blind,
      AnswerSheet.Score after) {
    page.append(
        String.format(
            Locale.ROOT,
            "<tr><td>%s</td><td class=\"n\">%d</td><td class=\"n\">%.1f %%</td>"
                + "<td class=\"n\">%.1f %%</td><td class=\"n\"><b>%.1f %%</b></td></tr>",
            Html.escape(kind),
            after.asked(),
            before.percent(),
            blind.percent(),
            after.percent()));
  }

  private List<Integer> examples() {
    Map<String, Integer> shown = new LinkedHashMap<>();
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < answers.after().questions().size(); i++) {
      if (shown.merge(answers.after().questions().get(i).kind(), 1, Integer::sum)
          <= SHOWN_PER_KIND) {
        chosen.add(i);
      }
    }
    return chosen;
  }

  private List<Integer> mistakes() {
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < answers.after().questions().size() && chosen.size() < SHOWN_WRONG; i++) {
      if (!answers.after().right(i)) {
        chosen.add(i);
      }
    }
    return chosen;
  }

  private void appendCards(StringBuilder page, String heading, List<Integer> indices)
      throws IOException {
    page.append("<h2>").append(heading).append("</h2>");
    if (indices.isEmpty()) {
      page.append("<p>None.</p>");
      return;
    }
    page.append("<div class=\"cards\">");
    for (int index : indices) {
      HeldOutQuestion question = answers.after().questions().get(index);
      page.append("<div class=\"card\"><img alt=\"\" src=\"data:image/png;base64,")
          .append(Base64.getEncoder().encodeToString(Files.readAllBytes(question.image())))
          .append("\"><div><p class=\"q\">")
          .append(Html.escape(question.question()))
          .append("</p><p><span class=\"k\">true:</span> ")
          .append(Html.escape(question.answer()))
          .append("</p>");
      appendAnswer(page, "before", answers.before(), index);
      appendAnswer(page, "after", answers.after(), index);
      page.append("</div></div>");
    }
    page.append("</div>");
  }

  private static void appendAnswer(StringBuilder page, String label, AnswerSheet sheet, int index) {
    String answer = sheet.answers().get(index);
    page.append("<p><span class=\"k\">")
        .append(label)
        .append(":</span> <span class=\"")
        .append(sheet.right(index) ? "good" : "bad")
        .append("\">")
        .append(answer.isBlank() ? "<i>nothing</i>" : Html.escape(answer))
        .append("</span></p>");
  }

  private void appendStages(StringBuilder page) {
    page.append("<h2>Stages</h2><table><tr><th>stage</th><th class=\"n\">seconds</th>")
        .append("<th>result</th><th>where</th></tr>");
    for (StageTable.Stage stage : stages) {
      page.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%s</td><td class=\"n\">%.1f</td><td>%s</td><td>%s</td></tr>",
              Html.escape(stage.name()),
              StageTable.seconds(stage.time()),
              Html.escape(stage.summary()),
              Html.escape(String.valueOf(stage.result()))));
    }
    page.append("</table>");
  }
}
