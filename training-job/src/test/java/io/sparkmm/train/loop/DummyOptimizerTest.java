package io.sparkmm.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import java.time.Duration;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Two ranks with models of their own, of which the one of rank 1 is frozen, or both are. */
class DummyOptimizerTest {
  @Test
  void rankWithNothingToTrainTakesPartWithTheFlag() {
    List<Long> iterations = Ranks.run(2, group -> train(group, group.rank() == 1, true));

    assertThat(iterations).containsExactly(3L, 3L);
  }

  @Test
  void withoutTheFlagTheMessageNamesIt() {
    List<Ranks.Outcome<Long>> outcomes =
        Ranks.outcomes(2, Duration.ofSeconds(60), group -> train(group, group.rank() == 1, false));

    assertThat(outcomes.get(1).thrown())
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "Cannot make the optimizer: rank 1 has no trainable parameter; give"
                + " --enable-dummy-optimizer if it is meant to have none");
  }

  @Test
  void nothingToTrainAnywhereIsAnErrorEvenWithTheFlag() {
    for (Ranks.Outcome<Long> outcome :
        Ranks.outcomes(2, Duration.ofSeconds(60), group -> train(group, true, true))) {
      assertThat(outcome.thrown())
          .isInstanceOf(TrainingException.class)
          .hasMessage(
              "Cannot train: all parameters of the model are frozen, there is nothing to train");
    }
  }

  private static long train(Collectives group, boolean frozen, boolean allowed) {
    try (TrainResult result =
        new Trainer(
                new ToyProgram(3, frozen),
                new TrainContext(group, ScalarType.Double, 2, 1),
                new TrainerSettings(
                        3,
                        8,
                        LrSchedule.create(LrSettings.constant(0.05), 3, 8),
                        new AdamWSettings(0.9, 0.999, 1e-8, 0.01),
                        ParameterRule.excluding(List.of()),
                        1.0)
                    .with(
                        new TrainerSettings.Options(
                            false, allowed, TrainerSettings.EvaluationSettings.NONE)),
                UnshardedModel::new,
                TrainListener.NONE)
            .run()) {
      return result.iterations();
    }
  }
}
