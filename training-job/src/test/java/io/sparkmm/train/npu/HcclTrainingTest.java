package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.RankProcesses;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The tests of sharded training, with HCCL over the stand-in and one process for each rank. They
 * cover every exchange: full sharding with and without gathering again, meshes, mixed precision,
 * accumulation, clipping, ignored modules, prefetch.
 */
@Tag("slow")
class HcclTrainingTest {
  private static final String FSDP = "io.sparkmm.train.fsdp.";

  /** Work on streams is held up by random times; small ones, because steps have many exchanges. */
  private static final String DELAY = "0-0.3";

  @Test
  void shardedTrainingEqualsPlainTraining() {
    pass(
        "hccl-equivalence",
        70,
        FSDP + "EquivalenceTest",
        FSDP + "IgnoredModulesTest",
        FSDP + "PrefetchTest",
        FSDP + "PyTorchFullyShardTest",
        FSDP + "ShardMeshTest",
        FSDP + "DeclaredModelTest",
        FSDP + "FullyShardTest",
        // Here ranks leave operations under way that others never start. Nothing can end those but
        // the end of the process.
        "!rankThatLeavesTheSequenceFailsAllRanksAtOnce",
        "!rankThatLeavesTheSequenceLaterFailsAllRanksToo",
        "!rankThatComputesMoreThanTheOthersFailsAllRanks");
  }

  @Test
  void shardedTrainingEqualsThatOfPyTorch() {
    pass("hccl-pytorch", 24, "io.sparkmm.train.model.qwen2vl.PyTorchShardingCasesTest");
  }

  @Test
  void trainingGivesTheBitsThatGlooGives() {
    pass("hccl-agreement", 19, FSDP + "BackendAgreement");
  }

  private static void pass(String name, int atLeast, String... tests) {
    StandInRanks ranks = StandInRanks.of(name).with("STANDIN_DELAY", DELAY);

    RankProcesses.Result result = ranks.processes(4).run(tests);

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isGreaterThanOrEqualTo(atLeast);
    assertThat(ranks.report().entries()).isEmpty();
  }
}
