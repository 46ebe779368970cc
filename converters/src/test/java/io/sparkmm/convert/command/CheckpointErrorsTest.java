package io.sparkmm.convert.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.model.ModelFamilies;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.torch.TorchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told about checkpoints that are not as the options say. */
class CheckpointErrorsTest {

  @TempDir Path folder;
  private final ModelFamily family = ModelFamilies.standard().family("Qwen2VLConverter");
  private final TinyHf model = TinyHf.workedExample();
  private Path mm;

  @BeforeEach
  void convert() {
    mm = write(nested(List.of(List.of(1, 1)), List.of(List.of(2, 0)), 2));
  }

  private static ParallelLayout nested(
      List<List<Integer>> text, List<List<Integer>> vision, int tp) {
    return new ParallelLayout(text, vision, Optional.empty(), tp, 0, 0, 1);
  }

  private static ParallelLayout flat(List<Integer> text, List<Integer> vision, int tp) {
    return nested(List.of(text), List.of(vision), tp);
  }

  private Path write(ParallelLayout layout) {
    Path target = folder.resolve("mm");
    Path hf = folder.resolve("hf");
    if (!Files.exists(hf)) {
      model.write(hf);
    }
    ConversionPlan plan =
        HfToMm.plan(
            family, new HfToMmOptions(target, layout, hf, Optional.empty(), false, false, false));
    PlanExecutor.execute(plan, ExecutionOptions.defaults().withOverwrite(true));
    return target;
  }

  private List<String> problems(ParallelLayout layout) {
    List<String> problems = new ArrayList<>();
    assertThatThrownBy(() -> read(layout))
        .isInstanceOfSatisfying(
            ConvertException.class, failure -> problems.addAll(failure.problems()));
    return problems;
  }

  private void read(ParallelLayout layout) {
    MmToHf.plan(
        family,
        new MmToHfOptions(
            mm, Optional.empty(), layout, folder.resolve("hf"), folder.resolve("back"), false));
  }

  private Path rank(String name) {
    return mm.resolve("release").resolve(name);
  }

  @Test
  void aMissingRankIsToldWithTheSizesThatLeadToIt() throws IOException {
    Path file = rank("mp_rank_01_001").resolve("model_optim_rng.pt");
    Files.delete(file);

    assertThat(problems(flat(List.of(1, 1), List.of(2, 0), 2)))
        .containsExactly(
            "Cannot find " + file + ", which the options lead to (tp 2, 2 pipeline stages, ep 1)");
  }

  @Test
  void moreRanksThanTheOptionsSayAreTold() {
    assertThat(problems(flat(List.of(1, 1), List.of(2, 0), 1)))
        .containsExactly(
            "Cannot read "
                + mm.resolve("release")
                + ": it holds more ranks than the options say (tp 1, 2 pipeline stages, ep 1):"
                + " mp_rank_01_000, mp_rank_01_001");
  }

  @Test
  void anotherNumberOfStagesIsTold() {
    assertThat(problems(flat(List.of(2), List.of(2), 2)))
        .contains(
            "Cannot find "
                + rank("mp_rank_00").resolve("model_optim_rng.pt")
                + ", which the options lead to (tp 2, 1 pipeline stage, ep 1)")
        .anyMatch(problem -> problem.contains("mp_rank_00_000, mp_rank_00_001"));
  }

  @Test
  void aFolderWithoutRanksIsTold() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty/release"));
    Files.writeString(empty.resolveSibling("latest_checkpointed_iteration.txt"), "release");
    mm = empty.getParent();

    assertThat(problems(flat(List.of(2), List.of(2), 1)))
        .containsExactly("Cannot read " + empty + ": it holds no folder mp_rank_*");
  }

  @Test
  void layersOnOtherStagesThanTheListsSayAreTold() {
    mm = folder.resolve("mm");

    assertThat(problems(flat(List.of(0, 2), List.of(2, 0), 2)))
        .contains(
            "tp rank 0, pp rank 0, ep rank 0 holds layers [0] of text_decoder.*, but llm_pp_layers"
                + " gives it none",
            "tp rank 0, pp rank 1, ep rank 0 holds layers [0] of text_decoder.*, but llm_pp_layers"
                + " gives it layers 0 to 1");
  }

  @Test
  void sumsMustBeThoseOfTheModel() {
    assertThat(problems(flat(List.of(1, 2), List.of(2, 1), 2)))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers [1,2] has 3 layers in all, but the model has 2"
                + " (config.json)",
            "cfg.parallel_config.vit_pp_layers [2,1] has 3 layers in all, but the model has 2"
                + " (config.json)");
  }

  @Test
  void theFileOfAnotherRankIsTold() throws IOException {
    Files.copy(
        rank("mp_rank_00_000").resolve("model_optim_rng.pt"),
        rank("mp_rank_01_001").resolve("model_optim_rng.pt"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(problems(flat(List.of(1, 1), List.of(2, 0), 2)))
        .containsExactly(
            "tp rank 1, pp rank 1, ep rank 0 holds layers [0, 1] of image_encoder.*, but"
                + " vit_pp_layers gives it none");
  }

  @Test
  void aFileThatTorchDidNotWriteIsTold() throws IOException {
    Path file = rank("mp_rank_00_000").resolve("model_optim_rng.pt");
    Files.writeString(file, "nothing");

    assertThatThrownBy(() -> read(flat(List.of(1, 1), List.of(2, 0), 2)))
        .isInstanceOf(TorchException.class)
        .hasMessageStartingWith("Cannot read " + file + ": it is no zip archive");
  }

  @Test
  void virtualStagesNeedTheLayersOfAllStages() {
    write(nested(List.of(List.of(1), List.of(1)), List.of(List.of(2), List.of(0)), 1));

    assertThat(problems(flat(List.of(2), List.of(2), 1)))
        .containsExactly(
            "Cannot read "
                + mm.resolve("release")
                + " with 1 ranks: it is of a run with 2 virtual pipeline stages per device (model0,"
                + " model1, ...); vpp checkpoints are not supported with a list of 1 stages:"
                + " cfg.parallel_config.llm_pp_layers must give the layers of all stages, device by"
                + " device of the first virtual stage, then of the second, ...");
    read(flat(List.of(1, 1), List.of(2, 0), 1));
  }

  @Test
  void resplitComparesTheSumsOfBothSides() {
    ResplitOptions options =
        new ResplitOptions(
            mm,
            Optional.empty(),
            flat(List.of(1, 1), List.of(2, 0), 2),
            folder.resolve("target"),
            flat(List.of(3), List.of(1), 1));

    assertThatThrownBy(() -> Resplit.plan(family, options))
        .isInstanceOfSatisfying(
            ConvertException.class,
            failure ->
                assertThat(failure.problems())
                    .containsExactly(
                        "llm pp layers not equal! cfg.source_parallel_config has 2 layers in all,"
                            + " cfg.target_parallel_config has 3",
                        "vit pp layers not equal! cfg.source_parallel_config has 2 layers in all,"
                            + " cfg.target_parallel_config has 1"));
  }

  @Test
  void resplitNoticesLayersThatAreNotThere() {
    ResplitOptions options =
        new ResplitOptions(
            mm,
            Optional.empty(),
            flat(List.of(1, 2), List.of(2, 0), 2),
            folder.resolve("target"),
            flat(List.of(3), List.of(2), 1));

    assertThatThrownBy(() -> Resplit.plan(family, options))
        .hasMessageContaining(
            "tp rank 0, pp rank 1, ep rank 0 holds layers [0] of text_decoder.*, but llm_pp_layers"
                + " gives it layers 0 to 1");
  }

  @Test
  void resplitRefusesSizesThatDoNotDivide() {
    ResplitOptions options =
        new ResplitOptions(
            mm,
            Optional.empty(),
            flat(List.of(1, 1), List.of(2, 0), 2),
            folder.resolve("target"),
            flat(List.of(2), List.of(2), 3));

    assertThatThrownBy(() -> Resplit.plan(family, options))
        .hasMessageContaining(
            "Cannot divide text_decoder.embedding.word_embeddings.weight: dim 0 of size 32 is not"
                + " divisible by tp 3");
  }

  @Test
  void resplitOfAnotherFamilyIsRefused() {
    ResplitOptions options =
        new ResplitOptions(
            mm,
            Optional.empty(),
            flat(List.of(1, 1), List.of(2, 0), 2),
            folder.resolve("target"),
            flat(List.of(2), List.of(2), 1));

    assertThatThrownBy(
            () -> Resplit.plan(ModelFamilies.standard().family("InternVLConverter"), options))
        .hasMessage("InternVLConverter does not support resplit");
  }
}
