package io.sparkmm.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Where the reaction to each kind of failure of training is tested, and to those kinds of wrong
 * configuration that only show with a model or a checkpoint. A row names a test and a piece of the
 * message that the test's source asks for; a row whose test or message is gone fails.
 */
class ErrorTableTest {
  private static final Path SOURCES = Path.of("src", "test", "java", "io", "sparkmm", "train");

  /** A row: number, test class, method, piece of the message. */
  private static final List<String> ROWS =
      List.of(
          "C11 | fsdp.WrapPlanTest | parameterSharedByTwoGroupsIsRefusedWithBothNames | groups first and (root) share it",
          "C23 | model.ModelSpecsTest | unknownIdListsTheKnownOnes | Cannot find model qwen9: known model ids are [qwen2vl]",
          "C29 | launch.CheckpointPlannerTest | c29StreamsCannotBeResumed | dataset_param.basic_parameters.streaming = true",
          "C30 | launch.CheckpointPlannerTest | c30MissingTrackerWarnsAndStartsFromInitialWeightsOrStops | --exit-on-missing-checkpoint stops the run",
          "T1 | loop.TrainerTest | emptyDataAreRefusedBeforeTheFirstStep | Cannot train: the training data of rank 0 are empty",
          "T2 | launch.TrainPlannerTest | refusesADataSetThatIsSmallerThanABatch | --global-batch-size",
          "T3 | model.ModelSpecsTest | unknownIdListsTheKnownOnes | known model ids are [qwen2vl]",
          "T3 | model.ModelSpecsTest | duplicatesAreRefusedNamingBothClasses | Qwen2VlModel has that name",
          "T4 | fsdp.DeclaredModelTest | modelWithoutValuesRefusesToRunAndSaysWhich | Cannot run model io.sparkmm.train.testing.ResidualNet: 2 of its parameters were only declared and never got values (head.weight, head.bias); initialise",
          "T5 | loop.LossTypesTest | lossPerTokenNeedsALookAheadLoader | read the data through a LookAheadBatches loader",
          "T6 | loop.TrainerTest | lossThatIsNoNumberStopsAllRanksWithItsPlace | Cannot go on: the loss of rank 1 in iteration 3, micro-batch 2 is NaN",
          "T6 | loop.TrainerTest | batchWithoutSupervisedTokenIsNamed | Cannot go on: rank 0 has no supervised label in iteration 1, micro-batch 1",
          "T6 | loop.LossTypesTest | microBatchWithoutTargetsStopsAllRanksOtherwise | Cannot go on: rank 1 has no supervised label in iteration 1, micro-batch 2",
          "T6 | loop.LossTypesTest | sampleWithoutTargetsStopsALossPerSample | has a sample without supervised label in iteration 1, micro-batch",
          "T7 | fsdp.FullyShardTest | gradientsMissingOnOneRankFailOnAllRanksWithTheirNames | the ranks do different things",
          "T7 | fsdp.FullyShardTest | rankThatLeavesTheSequenceLaterFailsAllRanksToo | without a gradient of blocks.1.up.weight, blocks.1.up.bias",
          "T8 | fsdp.WrapPlanTest | refusesParametersThatCannotBeCutIntoRows | Cannot shard parameter weight: it is a scalar, without rows to spread",
          "T8 | fsdp.WrapPlanTest | refusesParametersThatCannotBeCutIntoRows | Cannot shard parameter weight: its storage is not contiguous",
          "T8 | fsdp.WrapPlanTest | parameterSharedByTwoGroupsIsRefusedWithBothNames | groups first and (root) share it",
          "T9 | fsdp.FullyShardTest | moduleCalledBeforeTheRootIsNamed | on its own: call the root of the model first",
          "T10 | fsdp.FullyShardTest | weightUsedOutsideItsModuleIsNamed | it is spread over the ranks; use it inside the forward computation of its module blocks.1",
          "T11 | checkpoint.LoadingTest | missingAndShortFilesAreNamed | there is no file __1_0.distcp",
          "T11 | checkpoint.LoadingTest | otherShapesAndTypesAreNamed | shape is [11, 4], expected [11, 5]",
          "T11 | checkpoint.LoadingTest | damagedTensorIsNamedWithItsFileOnTheRankThatReadsIt | it was damaged",
          "T12 | checkpoint.LoadingTest | trackerIsReadAndRefused | iter_0000009",
          "T12 | launch.CheckpointPlannerTest | t12InvalidTrackerAndAbsentIterationAreNamed | newest",
          "T13 | launch.CheckpointPlannerTest | t13OtherScheduleIsRefusedUnlessOneSideWins | lr_warmup_steps is 16.0 in the checkpoint and 8.0 now",
          "T14 | lora.LoraTest | t14WordsWithoutModuleAreNamed | no module matches q_prj",
          "T14 | lora.LoraTest | t14FrozenTargetsAreNamed | every module that qkv matches is frozen: visual.blocks.0.attn.qkv,",
          "T14 | launch.LoraJobTest | t14AdapterWithOneHalfIsNotMerged | it has no matrix base_model.model.model.model.layers.1.self_attn.v_proj.lora_B",
          "T14 | launch.LoraJobTest | t14AdaptersThatTheCheckpointDoesNotHaveAreNamed | missing keys: [model.layers.0.self_attn.v_proj.lora_A.default.weight,",
          "T14 | launch.RefusedTasksTest | refusesSelectiveRecomputation | must be full with --lora-target-modules",
          "T15 | dpo.DpoLossTest | t15RowsThatAreNoPairsAreRefusedWithTheirSamples | it has 3 rows, of samples [a, a, b]",
          "T15 | launch.DpoJobTest | t15AnswerWithoutLabelStopsAllWorkersWithItsSample | has a sample without supervised label in iteration 1, micro-batch 1",
          "T15 | launch.DpoJobTest | t15SamplesOfOtherKindsAreRefused | it holds sft samples, preference samples are needed",
          "T15 | launch.TrainPlannerTest | refusesToTrainOnPreferencePairs | it holds preference samples",
          "T16 | launch.DpoJobTest | t16PreferencesNeedAReference | --ref-model: is required",
          "T17 | launch.DpoJobTest | t17TheStateOfAReferenceIsNotResumed | of whose reference no state is kept: resuming that is not supported",
          "T18 | loop.TrainerTest | modelWithoutTrainableParameterIsRefused | there is nothing to train",
          "T18 | loop.DummyOptimizerTest | withoutTheFlagTheMessageNamesIt | give --enable-dummy-optimizer if it is meant to have none",
          "T18 | loop.DummyOptimizerTest | nothingToTrainAnywhereIsAnErrorEvenWithTheFlag | there is nothing to train",
          "T19 | launch.RefusedTasksTest | refusesToCutModelsByTensorsOrSequences | --unaligned-linear: remove it (not supported in this release)",
          "T19 | launch.RefusedTasksTest | refusesTasksThatItDoesNotHave | --context-parallel-size = 2: must be 1 (not supported in this release)",
          "T20 | launch.BarrierJobTest | namesTheWorkerThatFailedFirstAndEndsItsPeers | failed in iteration 3: java.lang.IllegalStateException: boom",
          "T20 | launch.LocalClusterTest | aKilledProcessIsNamedWithRankHostAndIteration | failed in iteration 7: the worker's process is gone",
          "T21 | checkpoint.SavingTest | aFolderThatCannotBeWrittenIsNamed | Cannot write to the folder ",
          "T21 | checkpoint.SavingTest | aRankThatCannotWriteStopsAllAndLeavesWhatWasThere | checkpoints before it are as they were",
          "T22 | launch.TrainPlannerTest | refusesValidationOfASplitThatIsTooSmall | has 0 validation samples and 40 training samples");

  static List<String> rows() {
    return ROWS;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void isTested(String row) throws ClassNotFoundException, IOException {
    String[] parts = row.split(" \\| ", 4);
    Class<?> type = Class.forName(getClass().getPackageName() + "." + parts[1]);
    String source = Files.readString(SOURCES.resolve(parts[1].replace('.', '/') + ".java"));

    assertThat(Arrays.stream(type.getDeclaredMethods()).map(found -> found.getName()))
        .contains(parts[2]);
    // Literals are cut over several lines.
    assertThat(source.replaceAll("\"\\s*\\+ \"", "")).contains(parts[3]);
  }

  @Test
  void everyRowOfTheTrainingTableIsThere() {
    assertThat(
            IntStream.rangeClosed(1, 22)
                .filter(row -> ROWS.stream().noneMatch(text -> text.startsWith("T" + row + " ")))
                .boxed())
        .isEmpty();
  }
}
