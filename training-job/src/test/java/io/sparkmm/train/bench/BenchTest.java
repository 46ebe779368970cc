package io.sparkmm.train.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.model.qwen2vl.Qwen2VlConfigParser;
import io.sparkmm.train.model.qwen2vl.Qwen2VlModel;
import io.sparkmm.train.nn.Parameter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"tiny, 194944", "30M, 28600000", "100M, 98000000", "300M, 321000000"})
  void modelsHaveAboutTheParametersOfTheirNames(String name, double expected) {
    Qwen2VlModel model = new Qwen2VlModel(Qwen2VlConfigParser.fromHfJson(BenchModel.config(name)));
    long parameters =
        model.namedParameters().values().stream().mapToLong(Parameter::elements).sum();

    assertThat(parameters / expected).isBetween(0.95, 1.1);
  }

  @Test
  void anUnknownModelIsRefusedWithTheKnownNames() {
    assertThatThrownBy(() -> BenchModel.config("40M"))
        .hasMessage(
            "Cannot build model 40M: it is neither one of tiny, 30M, 100M, 300M nor a config.json");
  }

  @Test
  void everythingButThePictureIsSupervised() {
    SyntheticProgram program = program(64, 8);
    HostBatch batch = program.batch(2, 1);

    assertThat(batch.inputIds()).hasSize(128);
    assertThat(Arrays.stream(batch.labels()).filter(label -> label < 0)).hasSize(2 * 16);
    assertThat(Arrays.stream(batch.inputIds()).filter(id -> id == 507)).hasSize(2 * 16);
    assertThat(batch.pixelValues()).hasSize(2 * 64 * 1176);
    assertThat(program.batch(2, 1).inputIds()).isEqualTo(batch.inputIds());
  }

  @Test
  void aPictureThatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> program(64, 16))
        .hasMessage("Cannot make rows of 64 tokens with a picture of 16 x 16 patches");
  }

  @Test
  void countsTheOperationsOfBothDirections() {
    // By hand: layers 2 x (2*64*64 + 2*64*32 + 3*64*128), head 512*64 on 47 of 64 tokens, attention
    // over half the square, two blocks of width 32, patches of 1176 values, merger 128 -> 64.
    long text = 2L * 64 * 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128) + 2L * 47 * 512 * 64;
    long attention = 2L * 64 * 64 * 64 * 2;
    long vision =
        2L * 64 * 1176 * 32
            + 2L * 64 * 2 * (4 * 32 * 32 + 2 * 32 * 128)
            + 2L * 4 * 64 * 64 * 32
            + 2L * 16 * (128 * 128 + 128 * 64);

    assertThat(program(64, 8).flopsPerRow()).isEqualTo(3 * (text + attention + vision));
  }

  @Test
  void comparesRunsByTheSlowestRank() throws IOException {
    BenchTrainReport report = new BenchTrainReport("tiny", 2, 64, 2);
    report.add(BenchTrainReport.ONE, List.of(run(100, 1000)));
    report.add(BenchTrainReport.TWO, List.of(run(66, 500), run(60, 520)));
    report.add(BenchTrainReport.HALF, List.of(run(60, 1000)));

    JsonNode ratios = JSON.readTree(report.json()).get("ratios");
    assertThat(ratios.get("step of two workers / of one at half the batch").doubleValue())
        .isEqualTo(1.1);
    assertThat(
            ratios.get("weights, gradients, moments of one of two workers / of one").doubleValue())
        .isEqualTo(0.52);
    assertThat(report.text()).contains("two workers, FSDP2, rank 1").contains("1.100");

    ObjectNode other = run(10, 1);
    other.put("parameters", 9);
    assertThatThrownBy(() -> report.add(BenchTrainReport.PEER, List.of(other)))
        .hasMessage(
            "Cannot compare transformers with one worker: the models have 9 and 7 parameters");
  }

  @Test
  @Tag("slow")
  void measuresTrainingInProcessesOfTheirOwn() throws IOException {
    String text =
        execute(
            new BenchTrainMain(),
            "--output",
            folder.toString(),
            "--model",
            "tiny",
            "--rows",
            "2",
            "--seq-length",
            "64",
            "--grid",
            "8",
            "--iterations",
            "2",
            "--warm-up",
            "1",
            "--threads",
            "2",
            "--heap",
            "256m");

    JsonNode runs = JSON.readTree(folder.resolve("bench-train.json").toFile()).get("runs");
    assertThat(runs.get(BenchTrainReport.TWO)).hasSize(2);
    long whole = runs.get(BenchTrainReport.ONE).get(0).get("state_bytes").longValue();
    assertThat(whole).isBetween(194_944L * 16, 194_944L * 16 + 65_536);
    for (JsonNode rank : runs.get(BenchTrainReport.TWO)) {
      assertThat(rank.get("state_bytes").doubleValue() / whole).isBetween(0.49, 0.6);
      assertThat(rank.get("last_loss").doubleValue())
          .isLessThan(rank.get("first_loss").doubleValue());
    }
    assertThat(text).contains("one worker, half the threads and batch", "GFLOP/s");
  }

  @Test
  @Tag("slow")
  void measuresCollectivesAgainstCopying() throws IOException {
    String text =
        execute(
            new BenchCollectivesMain(),
            "--output",
            folder.toString(),
            "--sizes",
            "4,64",
            "--seconds",
            "0.05");

    JsonNode figures =
        JSON.readTree(folder.resolve("bench-collectives.json").toFile()).get("2 workers");
    assertThat(figures).hasSize(8);
    for (JsonNode entry : figures) {
      assertThat(entry.get("bus_gb_per_second").doubleValue()).isPositive();
    }
    assertThat(text).contains("all-reduce", "65,536");
  }

  private static String execute(Object command, String... arguments) {
    StringWriter out = new StringWriter();
    int code = new CommandLine(command).setOut(new PrintWriter(out)).execute(arguments);
    assertThat(code).isZero();
    return out.toString();
  }

  private static SyntheticProgram program(int columns, int grid) {
    return new SyntheticProgram(
        BenchModel.config("tiny"), new SyntheticProgram.Shape(columns, grid));
  }

  private static ObjectNode run(double step, double state) {
    ObjectNode run = JSON.createObjectNode();
    run.put("parameters", 7);
    run.put("step_ms", step);
    run.put("state_bytes", state);
    run.put("tokens", 128);
    return run;
  }
}
