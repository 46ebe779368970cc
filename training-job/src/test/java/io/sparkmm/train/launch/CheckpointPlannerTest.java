package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpKey;
import io.sparkmm.convert.dcp.DcpShard;
import io.sparkmm.convert.dcp.DcpValue;
import io.sparkmm.convert.dcp.DcpWriter;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.MemoryContent;
import io.sparkmm.train.checkpoint.LoadSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows C20, C29, C30, T12 and T13 of the error tables, and what a run begins with. */
class CheckpointPlannerTest {
  private static final String QUICKSTART = "../conf/examples/quickstart/";
  private static final String TRACKER = "latest_checkpointed_iteration.txt";

  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void copyData() throws IOException {
    data = folder.resolve("data.json");
    Files.copy(Path.of(QUICKSTART + "data.json"), data);
  }

  private TrainingConfiguration configuration(String... extra) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--mm-model",
                QUICKSTART + "model.json",
                "--mm-data",
                data.toString(),
                "--use-torch-fsdp2",
                "--ckpt-format",
                "torch_dcp",
                "--untie-embeddings-and-output-weights",
                "--no-gradient-accumulation-fusion",
                "--micro-batch-size",
                "2",
                "--global-batch-size",
                "8",
                "--seq-length",
                "256",
                "--train-iters",
                "10",
                "--lr",
                "1e-3",
                "--lr-decay-style",
                "cosine",
                "--lr-warmup-fraction",
                "0.1"));
    arguments.addAll(List.of(extra));
    return ConfigLoader.load(arguments, Map.of());
  }

  private CheckpointPlan plan(String... extra) {
    ConfigProblems problems = new ConfigProblems();
    CheckpointPlan plan = new CheckpointPlanner(configuration(extra), problems).plan(1);
    problems.throwIfAny();
    return plan;
  }

  private List<String> problems(String... extra) {
    try {
      plan(extra);
    } catch (ConfigException e) {
      return e.problems().stream().map(ConfigProblem::toString).toList();
    }
    return List.of();
  }

  private Path checkpoint(int iteration, double warmup) throws IOException {
    Path root = Files.createDirectories(folder.resolve("kept"));
    Path target = root.resolve(String.format("iter_%07d", iteration));
    write(target, iteration, warmup);
    Files.writeString(root.resolve(TRACKER), Integer.toString(iteration));
    return root;
  }

  private static void write(Path target, long iteration, double warmup) throws IOException {
    write(
        target,
        iteration,
        warmup,
        List.of(
            DcpKey.of("model", "x"),
            DcpKey.of("optimizer", "state", "x", "exp_avg"),
            DcpKey.of("rng_state", 0L, "torch_rng_state")));
  }

  private static void write(Path target, long iteration, double warmup, List<DcpKey> tensors)
      throws IOException {
    Files.createDirectories(target);
    List<DcpValue> values = new ArrayList<>();
    values.add(new DcpValue(DcpKey.of("iteration"), iteration));
    Map<String, Object> schedule =
        Map.of(
            "max_lr",
            1e-3,
            "lr_warmup_steps",
            warmup,
            "lr_decay_steps",
            80L,
            "lr_decay_style",
            "cosine",
            "num_steps",
            8L * iteration);
    schedule.forEach(
        (name, value) -> values.add(new DcpValue(DcpKey.of("opt_param_scheduler", name), value)));
    MemoryContent content =
        MemoryContent.of(new TensorSpec("x", DType.F32, List.of(1L)), ByteBuffer.allocate(4));
    List<DcpShard> shards = tensors.stream().map(key -> DcpShard.whole(key, content)).toList();
    DcpFile file = DcpFile.plan(DcpFile.name(0, 0), values, shards);
    DcpWriter.finish(target, List.of(DcpWriter.write(target, file)));
  }

  @Test
  void withoutLoadTheRunBeginsWithItsOwnWeights() {
    assertThat(plan().load()).isEqualTo(LoadSettings.NONE);
    assertThat(plan().save()).isEmpty();
  }

  @Test
  void trackerAndStepDecideWhatIsLoaded() throws IOException {
    Path root = checkpoint(4, 8.0);
    write(root.resolve("iter_0000002"), 2, 8.0);

    assertThat(plan("--load", root.toString()).load())
        .isEqualTo(LoadSettings.everything(root.resolve("iter_0000004").toString()));
    assertThat(plan("--load", root.toString(), "--ckpt-step", "2").load().folder())
        .endsWith("iter_0000002");
    assertThat(plan("--load", root.toString(), "--no-load-optim", "--no-load-rng").load())
        .isEqualTo(
            new LoadSettings(root.resolve("iter_0000004").toString(), true, false, false, false));
    assertThat(plan("--load", root.toString(), "--finetune", "--downcast-to-bf16").load())
        .isEqualTo(
            new LoadSettings(root.resolve("iter_0000004").toString(), false, false, false, true));
    Files.move(root.resolve("iter_0000004"), root.resolve("release"));
    Files.writeString(root.resolve(TRACKER), "release\n");
  }

  @Test
  void releaseIsWeightsOnly() throws IOException {
    Path root = Files.createDirectories(folder.resolve("converted"));
    write(root.resolve("release"), 0, 8.0);
    Files.writeString(root.resolve(TRACKER), "release\n");

    assertThat(plan("--load", root.toString()).load())
        .isEqualTo(
            new LoadSettings(root.resolve("release").toString(), false, false, false, false));
  }

  @Test
  void c30MissingTrackerWarnsAndStartsFromInitialWeightsOrStops() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));

    assertThat(plan("--load", empty.toString()).load()).isEqualTo(LoadSettings.NONE);
    assertThat(problems("--load", empty.toString(), "--exit-on-missing-checkpoint"))
        .singleElement()
        .asString()
        .contains("--load = " + empty)
        .contains("there is no " + empty.resolve(TRACKER))
        .contains("--exit-on-missing-checkpoint stops the run");
  }

  @Test
  void t12InvalidTrackerAndAbsentIterationAreNamed() throws IOException {
    Path root = checkpoint(4, 8.0);
    Files.writeString(root.resolve(TRACKER), "newest");
    assertThat(problems("--load", root.toString()))
        .singleElement()
        .asString()
        .contains(root.resolve(TRACKER).toString())
        .contains("\"newest\"");
    Files.writeString(root.resolve(TRACKER), "9");
    assertThat(problems("--load", root.toString()))
        .singleElement()
        .asString()
        .contains(root.resolve("iter_0000009").toString());
    assertThat(problems("--load", root.toString(), "--ckpt-step", "3"))
        .singleElement()
        .asString()
        .contains("iter_0000003");
  }

  @Test
  void otherFormatsAreNamedWithTheWayOut() throws IOException {
    Path root = Files.createDirectories(folder.resolve("ranks"));
    Files.createDirectories(root.resolve("iter_0000004").resolve("mp_rank_00"));
    Files.writeString(root.resolve(TRACKER), "4");

    assertThat(problems("--load", root.toString()))
        .singleElement()
        .asString()
        .contains("no distributed checkpoint (torch_dcp)")
        .contains("mm-convert");
  }

  @Test
  void t13OtherScheduleIsRefusedUnlessOneSideWins() throws IOException {
    Path root = checkpoint(4, 16.0);
    String load = root.toString();

    assertThat(problems("--load", load))
        .singleElement()
        .asString()
        .contains("lr_warmup_steps is 16.0 in the checkpoint and 8.0 now")
        .contains("--override-opt-param-scheduler")
        .contains("--use-checkpoint-opt-param-scheduler");
    assertThat(plan("--load", load, "--override-opt_param-scheduler").schedule()).isEmpty();
    CheckpointPlan stored = plan("--load", load, "--use-checkpoint-opt_param-scheduler");
    assertThat(stored.schedule().get(0).warmupSamples()).isEqualTo(16.0);
    assertThat(plan("--load", load, "--no-load-optim").schedule()).isEmpty();
    assertThat(problems("--load", load, "--finetune")).isEmpty();
  }

  @Test
  void stateThatIsMissingIsReportedTogetherBeforeAnyWorkerStarts() throws IOException {
    Path root = checkpoint(4, 8.0);
    write(root.resolve("iter_0000002"), 2, 8.0, List.of(DcpKey.of("model", "x")));
    String[] load = {"--load", root.toString(), "--ckpt-step", "2"};

    assertThat(problems(load))
        .hasSize(2)
        .anyMatch(problem -> problem.contains("no state of the optimizer; give --no-load-optim"))
        .anyMatch(
            problem -> problem.contains("no state of the random generators; give --no-load-rng"));
    assertThat(problems("--load", root.toString(), "--ckpt-step", "2", "--finetune")).isEmpty();
  }

  @Test
  void c29StreamsCannotBeResumed() throws IOException {
    Path root = checkpoint(4, 8.0);
    String text = Files.readString(data);
    Files.writeString(
        data,
        text.replaceFirst("\"basic_parameters\"\\s*:\\s*\\{", "$0 \"streaming\": true,")
            .replaceFirst("BaseRandomBatchSampler", "stateful_distributed_sampler"));

    assertThat(problems("--load", root.toString(), "--num-workers", "0"))
        .anyMatch(
            problem ->
                problem.contains("--load = " + root)
                    && problem.contains("dataset_param.basic_parameters.streaming = true"));
    assertThat(problems("--load", root.toString(), "--finetune", "--num-workers", "0")).isEmpty();
  }

  @Test
  void c20SavingNeedsAnInterval() {
    assertThat(problems("--save", folder.resolve("new").toString()))
        .singleElement()
        .asString()
        .contains("--save-interval")
        .contains("is required together with --save");
    assertThat(problems("--save", folder.resolve("new").toString(), "--save-interval", "0"))
        .singleElement()
        .asString()
        .contains("--save-interval");
  }

  @Test
  void goesOnInTheFolderThatItLoadsFromAndInNoOtherFullOne() throws IOException {
    Path root = checkpoint(4, 8.0);
    write(root.resolve("iter_0000002"), 2, 8.0);
    String kept = root.toString();
    CheckpointPlan plan =
        plan("--load", kept, "--save", kept, "--save-interval", "2", "--ckpt-step", "2");

    assertThat(plan.tracked()).isEqualTo(2);
    plan.prepare();
    assertThat(root.resolve(TRACKER)).hasContent("2");
    assertThat(plan.load(new AttemptPlan(2, 2, List.of()))).isEqualTo(plan.load());
    assertThat(plan.load(new AttemptPlan(2, 6, List.of())).folder()).endsWith("iter_0000006");
    assertThat(problems("--save", kept, "--save-interval", "2"))
        .singleElement()
        .asString()
        .contains("exists and is not empty");
    assertThat(problems("--load", kept, "--save", kept, "--save-interval", "2", "--finetune"))
        .singleElement()
        .asString()
        .contains("--finetune would count anew");
  }

  @Test
  void argumentsOfTheRunAreKept() {
    Map<String, Object> stored =
        plan("--save", folder.resolve("new").toString(), "--save-interval", "2", "--async-save")
            .save()
            .get(0)
            .contents()
            .arguments();

    assertThat(stored)
        .containsEntry("seed", 1234L)
        .containsEntry("micro_batch_size", 2L)
        .containsEntry("lr_decay_style", "cosine")
        .containsEntry("ckpt_format", "torch_dcp")
        .containsEntry("async_save", true)
        .doesNotContainKey("load");
  }
}
