package io.sparkmm.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.report.LineChart;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportPageTest {
  @TempDir Path folder;

  @Test
  void showsAccuracyAnswersAndStages() throws Exception {
    String html =
        write(List.of("red", "a <b>cat</b>"), List.of("", "square"), List.of("red", "one"));

    assertThat(html).startsWith("<!doctype html>").endsWith("</body></html>\n");
    assertThat(html).contains("<td>colour</td>", "100.0 %", "50.0 %", "0.0 %");
    assertThat(html).contains("What colour is the circle?", "data:image/png;base64,");
    assertThat(html).contains("<i>nothing</i>");
    assertThat(html).contains("sample-data", "1.5");
  }

  @Test
  void escapesWhatAModelSays() throws Exception {
    String html =
        write(List.of("red", "a"), List.of("<script>alert(1)</script>", "y"), List.of("1", "2"));

    assertThat(html).doesNotContain("<script").contains("&lt;script&gt;alert(1)");
  }

  @Test
  void isReplacedWholeWhenWrittenAgain() throws Exception {
    write(List.of("red", "a"), List.of("x", "y"), List.of("1", "2"));
    String second = write(List.of("red", "a"), List.of("x", "y"), List.of("red", "a"));

    assertThat(second).contains("100.0 %");
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("a.png", "report.html");
    }
  }

  @Test
  void scoresByKindInOrderOfAppearance() {
    AnswerSheet sheet = new AnswerSheet(questions(), List.of("red", "wrong"));

    assertThat(sheet.overall()).isEqualTo(new AnswerSheet.Score(1, 2));
    assertThat(sheet.byKind())
        .containsExactly(
            Map.entry("colour", new AnswerSheet.Score(1, 1)),
            Map.entry("shape", new AnswerSheet.Score(0, 1)));
  }

  @Test
  void refusesAnswersThatDoNotMatchTheQuestions() {
    assertThatThrownBy(() -> new AnswerSheet(questions(), List.of("red")))
        .hasMessage("Cannot judge 1 answers to 2 questions");
  }

  @Test
  void readsQuestionsAndNamesTheMissingKey() throws IOException {
    Path file = folder.resolve("heldout.json");
    Files.writeString(
        file,
        "[{\"id\":\"1\",\"image\":\"a.png\",\"kind\":\"count\",\"question\":\"How many?\",\"answer\":\"two\"}]");
    assertThat(HeldOutQuestion.read(file, folder))
        .containsExactly(
            new HeldOutQuestion("1", folder.resolve("a.png"), "count", "How many?", "two"));

    Files.writeString(file, "[{\"id\":\"1\",\"image\":\"a.png\"}]");
    assertThatThrownBy(() -> HeldOutQuestion.read(file, folder))
        .hasMessageContaining("heldout.json")
        .hasMessageContaining("no text kind");
  }

  @Test
  void recordsStagesWithTimeAndPlace() throws Exception {
    StageTable table = new StageTable();
    int value = table.run("draw", () -> new StageTable.Outcome<>(7, folder, "7 pictures"));

    assertThat(value).isEqualTo(7);
    assertThat(table.text()).contains("draw", folder.toString()).contains("\nall");
    assertThat(table.stages()).singleElement().extracting("summary").isEqualTo("7 pictures");
  }

  private List<HeldOutQuestion> questions() {
    Path image = folder.resolve("a.png");
    return List.of(
        new HeldOutQuestion("1", image, "colour", "What colour is the circle?", "red"),
        new HeldOutQuestion("2", image, "shape", "What shape is the red thing?", "circle"));
  }

  private String write(List<String> after, List<String> before, List<String> blind)
      throws IOException {
    BufferedImage picture = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(picture, "png", folder.resolve("a.png").toFile());
    List<LineChart.Point> points =
        List.of(new LineChart.Point(1, 3), new LineChart.Point(2, 1), new LineChart.Point(3, 0.5));
    Path file = folder.resolve("report.html");
    new ReportPage(
            "Quickstart",
            Map.of("parameters", "0.5 M"),
            points,
            points,
            new Answers(
                new AnswerSheet(questions(), before),
                new AnswerSheet(questions(), blind),
                new AnswerSheet(questions(), after)),
            List.of(
                new StageTable.Stage(
                    "sample-data", Duration.ofMillis(1500), folder, "8000 pictures")))
        .write(file);
    return Files.readString(file);
  }
}
