package io.sparkmm.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluationTest {
  private static final int SAMPLES = 12;

  /** What a run told its listener. */
  private static final class Told implements TrainListener {
    final List<IterationStats> iterations = new ArrayList<>();
    final List<EvaluationStats> evaluations = new ArrayList<>();

    @Override
    public void onIteration(IterationStats stats) {
      iterations.add(stats);
    }

    @Override
    public void onEvaluation(EvaluationStats stats) {
      evaluations.add(stats);
    }
  }

  /** Trains on samples from 0 on, validates on {@value #SAMPLES} from 1000 on. */
  private static class Program extends ToyProgram {
    final List<Boolean> modes = new ArrayList<>();

    Program() {
      super(3, false);
    }

    @Override
    public DataIterators trainValidTestDatasetsProvider(TrainContext context) {
      DataIterators data = super.trainValidTestDatasetsProvider(context);
      return new DataIterators(data.train(), Optional.of(new Cycle(context)), Optional.empty());
    }

    @Override
    public ForwardResult forwardStep(
        BatchIterator iterator, TrainableModel model, TrainContext context) {
      Batch batch = getBatch(iterator, context);
      boolean validation = batch.host().sampleIds().get(0).startsWith("sample-1");
      modes.add(
          validation
              && !model.training()
              && !model.children().get("head").training()
              && !GradMode.is_enabled());
      return new ForwardResult(model.forward(batch), output -> lossFunction(output, context));
    }

    @Override
    public LossResult lossFunction(ModelOutput output, TrainContext context) {
      return super.lossFunction(output, context).with("tokens per sample", 5);
    }
  }

  /** Validation samples of a rank, over and over. */
  private static final class Cycle implements BatchIterator {
    private final TrainContext context;
    private int next;

    Cycle(TrainContext context) {
      this.context = context;
    }

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public HostBatch next() {
      int rows = context.microBatchSize();
      int first = (next++ * context.worldSize() + context.rank()) * rows % SAMPLES;
      return ToyProgram.batch(100_000 + first, rows);
    }

    @Override
    public void restart() {
      next = 0;
    }

    @Override
    public void close() {}
  }

  @Test
  void meansOverAllMicroBatchesAreTheSameForAnyNumberOfRanks() {
    Told alone = train(new Program(), new LocalCollectives(), 12, evaluating(2, 1));
    assertThat(alone.evaluations)
        .extracting(EvaluationStats::iteration)
        .containsExactly(2L, 4L, 5L);
    assertThat(alone.evaluations)
        .extracting(EvaluationStats::afterTraining)
        .containsExactly(false, false, true);
    assertThat(alone.evaluations.get(0).consumedSamples()).isEqualTo(24);
    assertThat(alone.evaluations.get(0).values()).containsOnlyKeys("tokens per sample", "loss");
    assertThat(alone.evaluations.get(0).losses()).containsOnlyKeys("loss");
    for (int[] shape : new int[][] {{2, 3}, {3, 2}}) {
      for (Told told :
          Ranks.run(shape[0], group -> train(new Program(), group, shape[1], evaluating(2, 1)))) {
        for (int i = 0; i < 3; i++) {
          assertThat(told.evaluations.get(i).values().get("loss"))
              .isCloseTo(alone.evaluations.get(i).values().get("loss"), within(1e-12));
        }
      }
    }
    assertThat(alone.evaluations.get(2).values().get("loss"))
        .isLessThan(alone.evaluations.get(0).values().get("loss"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void trainingIsTheSameWithAndWithoutValidation(boolean reshard) {
    FsdpSettings settings =
        new FsdpSettings(MixedPrecisionPolicy.NONE, reshard, OptionalInt.empty());
    List<Told> with =
        Ranks.run(2, group -> train(new Program(), group, 3, evaluating(1, 2), settings));
    List<Told> without =
        Ranks.run(2, group -> train(new Program(), group, 3, evaluating(1, 0), settings));

    assertThat(without.get(0).evaluations).isEmpty();
    assertThat(with.get(0).evaluations).hasSize(6);
    for (int i = 0; i < 5; i++) {
      IterationStats one = with.get(1).iterations.get(i);
      IterationStats other = without.get(1).iterations.get(i);
      assertThat(one.loss()).isEqualTo(other.loss());
      assertThat(one.gradientNorm()).isEqualTo(other.gradientNorm());
    }
  }

  @Test
  void modelIsUsedNotTrained() {
    Program program = new Program();
    train(program, new LocalCollectives(), 12, evaluating(5, 2));

    // Five iterations, two rounds at the fifth and two more at the end.
    assertThat(program.modes)
        .containsExactly(false, false, false, false, false, true, true, true, true);
  }

  @Test
  void everyValidationSeesTheSameSamples() {
    List<String> seen = new ArrayList<>();
    Program program =
        new Program() {
          @Override
          public Batch getBatch(BatchIterator iterator, TrainContext context) {
            Batch batch = super.getBatch(iterator, context);
            if (!GradMode.is_enabled()) {
              seen.add(batch.host().sampleIds().get(0));
            }
            return batch;
          }
        };
    train(program, new LocalCollectives(), 4, evaluating(3, 1));

    List<String> one = List.of("sample-100000", "sample-100004", "sample-100008");
    assertThat(seen.subList(0, 3)).isEqualTo(one);
    assertThat(seen.subList(3, 6)).isEqualTo(one);
    assertThat(seen).hasSize(6);
  }

  private static TrainerSettings.EvaluationSettings evaluating(int interval, int rounds) {
    return new TrainerSettings.EvaluationSettings(interval, rounds);
  }

  private static Told train(
      Program program,
      Collectives group,
      int microBatchSize,
      TrainerSettings.EvaluationSettings evaluation) {
    return train(program, group, microBatchSize, evaluation, FsdpSettings.DEFAULTS);
  }

  private static Told train(
      Program program,
      Collectives group,
      int microBatchSize,
      TrainerSettings.EvaluationSettings evaluation,
      FsdpSettings sharding) {
    Told told = new Told();
    new Trainer(
            program,
            new TrainContext(group, ScalarType.Double, microBatchSize, 1),
            new TrainerSettings(
                    5,
                    12,
                    LrSchedule.create(LrSettings.constant(0.05), 5, 12),
                    new AdamWSettings(0.9, 0.999, 1e-8, 0.01),
                    ParameterRule.excluding(List.of()),
                    1.0)
                .with(new TrainerSettings.Options(false, false, evaluation)),
            model -> FullyShard.apply(model, List.of("embed", "head"), group, sharding),
            told)
        .run()
        .close();
    assertThat(told.iterations.get(0).log()).isInstanceOf(Map.class);
    return told;
  }
}
