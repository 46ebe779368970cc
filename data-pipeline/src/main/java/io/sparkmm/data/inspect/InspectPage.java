package io.sparkmm.data.inspect;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A data set as one HTML file that needs nothing else: no script, no network, no font. The same
 * data set gives the same file.
 */
public final class InspectPage {
  private final DataSetView view;
  private final TokenizerChoice tokenizer;

  /**
   * A page.
   *
   * @param view the data set
   * @param tokenizer how tokens are shown
   */
  public InspectPage(DataSetView view, TokenizerChoice tokenizer) {
    this.view = Objects.requireNonNull(view, "view");
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
  }

  /**
   * Writes the page; the file appears whole.
   *
   * @param survey statistics of the view
   * @param samples the samples to show
   * @throws DataException of kind {@code SETTING} if the file cannot be written
   */
  public void write(Path file, DataSetView.Survey survey, List<DataSetView.Shown> samples) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.writeString(part, html(survey, samples));
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new DataException(DataException.Kind.SETTING, "Cannot write " + file + ": " + e, e);
    }
  }

  /** The whole page. */
  public String html(DataSetView.Survey survey, List<DataSetView.Shown> samples) {
    String title = "Data set " + view.folder().getName();
    HtmlBuilder out = new HtmlBuilder();
    out.doctype().open("html", "lang", "en").open("head");
    out.empty("meta", "charset", "utf-8");
    // A second fence behind the escaping: a browser loads and runs nothing but this file's styles.
    out.empty(
        "meta",
        "http-equiv",
        "Content-Security-Policy",
        "content",
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'");
    out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    out.element("title", title).style(PageStyle.PAGE + PageStyle.CSS).close("head").line();
    out.open("body").open("main", "class", PageStyle.ROOT);
    out.element("h1", title).line();
    out.element("p", view.folder().toString(), "class", "note path");
    appendLinks(survey, out);
    ManifestView manifest = new ManifestView(view.manifest());
    out.element("h2", "What it is");
    manifest.appendOrigin(tokenizer.explanation(), out);
    manifest.appendFiles(out);
    manifest.appendSettings(out);
    manifest.appendVersions(out);
    out.element("h2", "Splits");
    manifest.appendSplits(survey.splits(), out);
    for (Map.Entry<Split, SplitStatistics> split : survey.splits().entrySet()) {
      StatisticsView statistics = new StatisticsView(split.getValue());
      String name = split.getKey().folder();
      out.element("h2", "Sizes in " + name, "id", name);
      statistics.appendCharts(out);
      out.element("h2", "Sources of " + name);
      statistics.appendSources(out);
    }
    out.element("h2", "Rejected records", "id", "rejects");
    manifest.appendRejects(out);
    out.element("h2", "Samples", "id", "samples");
    appendSamples(samples, out);
    return out.close("main").close("body").close("html").line().toString();
  }

  private static void appendLinks(DataSetView.Survey survey, HtmlBuilder out) {
    out.open("nav");
    for (Split split : survey.splits().keySet()) {
      out.element("a", "sizes in " + split.folder(), "href", "#" + split.folder());
    }
    out.element("a", "rejected records", "href", "#rejects");
    out.element("a", "samples", "href", "#samples").close("nav").line();
  }

  /** The samples alone, to be put into another page, such as a notebook's output. */
  public String fragment(List<DataSetView.Shown> samples) {
    HtmlBuilder out = new HtmlBuilder();
    out.style(PageStyle.CSS).open("div", "class", PageStyle.ROOT);
    appendSamples(samples, out);
    return out.close("div").toString();
  }

  private void appendSamples(List<DataSetView.Shown> samples, HtmlBuilder out) {
    out.open("div", "class", "tokens legend");
    out.element("b", "supervised").text(" ").element("i", "not supervised").text(" ");
    out.element("i", "special token", "class", "x").text(" ");
    out.element("i", "9 \u00d7 repeated token", "class", "x").text(" ");
    out.open("i").visible("line end\n").close("i").close("div").line();
    if (tokenizer.tokenizer().isEmpty()) {
      out.element("p", tokenizer.explanation(), "class", "bad");
    }
    SampleCard card =
        new SampleCard(
            new TokenPieces(tokenizer.tokenizer()), new PictureLoader(view.configuration()));
    for (DataSetView.Shown sample : samples) {
      card.append(sample, out);
    }
    if (samples.isEmpty()) {
      out.element("p", "None was asked for.");
    }
  }
}
