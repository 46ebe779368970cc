package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.json;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static io.sparkmm.conf.ConfigTesting.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigSection.Dialect;
import io.sparkmm.conf.load.ConfigLoader;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineLayersTest {
  private static final String VISION = "image_encoder.vision_encoder.";
  private static final String TEXT = "text_decoder.";

  private final ConfigProblems problems = new ConfigProblems();

  @Test
  void virtualStagesStandRowByRow() {
    PipelineLayers layers = read("[[0,0,0,1],[4,4,4,4],[4,3,2,2]]", 28).orElseThrow();

    assertThat(layers.length()).isEqualTo(4);
    assertThat(layers.stages()).hasSize(3);
    assertThat(layers.flat()).containsExactly(0, 0, 0, 1, 4, 4, 4, 4, 4, 3, 2, 2);
    assertThat(layers.sum()).isEqualTo(28);
    assertThat(layers.first()).isEqualTo(3);
    assertThat(layers.last()).isEqualTo(11);
    assertThat(layers).hasToString("[[0, 0, 0, 1], [4, 4, 4, 4], [4, 3, 2, 2]]");
    assertThat(problems.problems()).isEmpty();
  }

  @Property(seed = "1")
  void oneRowIsItsOwnOrder(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 0, max = 3) Integer> row) {
    PipelineLayers layers = new PipelineLayers(List.of(row));

    assertThat(layers.flat()).isEqualTo(row);
    assertThat(layers.length()).isEqualTo(row.size());
    boolean empty = layers.sum() == 0;
    assertThat(layers.first() == -1).isEqualTo(empty);
    assertThat(layers.last() == -1).isEqualTo(empty);
    if (!empty) {
      assertThat(row.get(layers.first())).isPositive();
      assertThat(row.subList(0, layers.first())).allMatch(count -> count == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3",
        "\"3\"",
        "{}",
        "[]",
        "[[]]",
        "[1, -1]",
        "[1.5, 1.5]",
        "[\"3\"]",
        "[null]",
        "[[1, 2], [3]]",
        "[[1, 2], 0]",
        "[1, [2]]",
        "[[[3]]]",
        "true"
      })
  void refusesOtherShapes(String value) {
    assertThat(read(value, 3)).isEmpty();
    assertThat(problems.problems())
        .singleElement()
        .extracting(ConfigProblem::message)
        .isEqualTo(
            "must be a list of whole numbers of at least 0, or a list of such lists of equal"
                + " length");
  }

  @ParameterizedTest
  @CsvSource({"'[1, 10, 10, 7]', 28, 28", "'[1, 10, 10, 6]', 28, 27", "[29], 28, 29", "[0], 3, 0"})
  void addsUpToTheNumberOfLayers(String value, int layers, int sum) {
    read(value, layers);

    assertThat(problems.problems()).hasSize(sum == layers ? 0 : 1);
    problems
        .problems()
        .forEach(
            problem ->
                assertThat(problem)
                    .hasToString(
                        "f: pipeline_num_layers = "
                            + value.replace(" ", "")
                            + ": must add up to num_layers = "
                            + layers
                            + ", adds up to "
                            + sum));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[32,0,0,0] | [1,10,10,7]",
        "[30,2,0,0] | [0,11,10,7]",
        "[16,16,0,0] | [0,0,14,14]",
        "[0,32,0,0] | [0,0,0,28]",
        "[[32,0],[0,0]] | [[0,8],[10,10]]",
        "[[16,16],[0,0]] | [[0,8],[10,10]]",
      })
  void visionEndsBeforeTextBegins(String vision, String text) {
    assertThat(ConfigLoader.parseModel("m.json", model(vision, text)).visionEncoder().numLayers())
        .isEqualTo(32);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[30,2,0,0] | [1,10,10,7] | 0 | 1",
        "[0,0,0,32] | [28,0,0,0] | 0 | 3",
        "[16,0,16,0] | [0,14,7,7] | 1 | 2",
        "[[16,0],[16,0]] | [[0,8],[10,10]] | 1 | 2",
      })
  void visionAfterTextIsRefused(String vision, String text, int start, int end) {
    assertThat(problemsOf(() -> ConfigLoader.parseModel("m.json", model(vision, text))))
        .singleElement()
        .asString()
        .startsWith("m.json: image_encoder.vision_encoder.pipeline_num_layers = ")
        .endsWith(" starts at stage " + start + ", vision ends at stage " + end);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[32,0,0] | [1,10,10,7]",
        "[32] | [14,14]",
        "[[32,0],[0,0]] | [14,14]",
        "[32,0,0,0] | [[0,8],[10,10]]",
      })
  void bothSubModelsHaveTheSameStages(String vision, String text) {
    assertThat(problemsOf(() -> ConfigLoader.parseModel("m.json", model(vision, text))))
        .singleElement()
        .asString()
        .startsWith("m.json: image_encoder.vision_encoder.pipeline_num_layers = ")
        .contains("must have as many stages as text_decoder.pipeline_num_layers = ");
  }

  private Optional<PipelineLayers> read(String value, int layers) {
    String text = "{\"num_layers\": " + layers + ", \"pipeline_num_layers\": " + value + "}";
    return PipelineLayers.read(ConfigSection.root("f", Dialect.JSON, json(text), problems), layers);
  }

  private static String model(String vision, String text) {
    String model = with(ConfigTesting.MINIMAL_MODEL, VISION + "num_layers", "32");
    model = with(model, TEXT + "num_layers", "28");
    model = with(model, VISION + "pipeline_num_layers", vision);
    return with(model, TEXT + "pipeline_num_layers", text);
  }
}
