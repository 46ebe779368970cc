package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.testing.Golden;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Two ranks do what PyTorch's own {@code fully_shard} does on two processes. */
class PyTorchFullyShardTest {
  @Test
  void sameLossesNormsAndWeightsInDoublePrecision() throws IOException {
    assertSame("float64", ScalarType.Double, MixedPrecisionPolicy.NONE, 1e-11);
  }

  @Test
  void sameLossesNormsAndWeightsWithBfloat16ComputationAndFloatReduction() throws IOException {
    MixedPrecisionPolicy mixed =
        new MixedPrecisionPolicy(
            Optional.of(ScalarType.BFloat16),
            Optional.of(ScalarType.Float),
            Optional.of(ScalarType.Float),
            true);
    assertSame("bfloat16", ScalarType.Float, mixed, 2e-2);
  }

  private static void assertSame(
      String kind, ScalarType type, MixedPrecisionPolicy policy, double limit) throws IOException {
    JsonNode golden = Golden.read("fully_shard.json").get(kind);
    TrainingRun run = TrainingRun.of(type).withSteps(10).withMicroBatches(2).withClip(0.5);
    FsdpSettings settings = new FsdpSettings(policy, true, OptionalInt.empty());

    List<TrainingRun.Result> ranks = Ranks.run(2, group -> run.sharded(group, settings));

    for (int rank = 0; rank < 2; rank++) {
      assertThat(
              Tensors.relativeDifference(
                  ranks.get(rank).losses().stream().mapToDouble(Double::doubleValue).toArray(),
                  Golden.doubles(golden.get("losses").get(rank))))
          .as("losses of rank %d", rank)
          .isLessThan(limit);
    }
    assertThat(
            Tensors.relativeDifference(
                ranks.get(0).norms().stream().mapToDouble(Double::doubleValue).toArray(),
                Golden.doubles(golden.get("norms"))))
        .isLessThan(limit);
    ranks
        .get(1)
        .weights()
        .forEach(
            (name, values) ->
                assertThat(
                        Tensors.relativeDifference(
                            values, Golden.doubles(golden.get("weights").get(name))))
                    .as(name)
                    .isLessThan(limit));
  }
}
