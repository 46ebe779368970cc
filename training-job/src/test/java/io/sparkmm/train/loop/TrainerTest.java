package io.sparkmm.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrDecayStyle;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class TrainerTest {
  static final List<String> GROUPS = List.of("embed", "head");

  /** Remembers the statistics; asks to stop after some iterations. */
  private static final class Recorder implements TrainListener {
    final List<IterationStats> stats = new ArrayList<>();
    final List<String> events;
    final IntPredicate stops;

    Recorder(List<String> events, IntPredicate stops) {
      this.events = events;
      this.stops = stops;
    }

    @Override
    public void onStart(TrainStart start) {
      events.add("start " + start);
    }

    @Override
    public void onIteration(IterationStats iteration) {
      events.add("iteration " + iteration.iteration());
      stats.add(iteration);
    }

    @Override
    public void onEnd(TrainResult result) {
      events.add("end");
    }

    @Override
    public boolean stopRequested() {
      return stops.test(stats.size() + 1);
    }
  }

  @Test
  void callbacksComeInOrder() {
    ToyProgram program = new ToyProgram(3, false);
    Recorder recorder = new Recorder(program.events, done -> false);

    new Trainer(
            program,
            context(new LocalCollectives(), 2, ScalarType.Float),
            settings(2, 4),
            model -> {
              program.events.add("wrap");
              return new UnshardedModel(model);
            },
            recorder)
        .run()
        .close();

    List<String> microBatch = List.of("forward", "batch", "loss");
    List<String> expected = new ArrayList<>(List.of("model", "wrap", "data"));
    expected.add(
        "start TrainStart[ranks=1, microBatches=2, parameters=66, trainableParameters=66,"
            + " localElements=66]");
    for (int iteration = 1; iteration <= 2; iteration++) {
      expected.addAll(microBatch);
      expected.addAll(microBatch);
      expected.add("iteration " + iteration);
    }
    expected.addAll(List.of("close", "end"));
    assertThat(program.events).containsExactlyElementsOf(expected);
  }

  @Test
  void ranksAndMicroBatchesTogetherEqualOneLargeBatch() {
    List<IterationStats> large = train(new LocalCollectives(), 12, 5);
    for (int[] shape : new int[][] {{1, 4}, {2, 3}, {3, 2}}) {
      List<List<IterationStats>> ranks = Ranks.run(shape[0], group -> train(group, shape[1], 5));
      for (List<IterationStats> stats : ranks) {
        for (int i = 0; i < large.size(); i++) {
          assertThat(stats.get(i).loss()).isCloseTo(large.get(i).loss(), within(1e-12));
          assertThat(stats.get(i).gradientNorm())
              .isCloseTo(large.get(i).gradientNorm(), within(1e-11));
          assertThat(stats.get(i).log()).isEqualTo(Map.of("loss", stats.get(i).loss()));
          assertThat(stats.get(i).targetTokens()).isEqualTo(60);
          assertThat(stats.get(i).consumedSamples()).isEqualTo(12L * (i + 1));
        }
      }
    }
    assertThat(large.get(4).loss()).isLessThan(large.get(1).loss());
  }

  @Test
  void firstIterationRunsWithTheRateOfNoSamples() {
    List<IterationStats> stats = train(new LocalCollectives(), 12, 4);

    assertThat(stats)
        .extracting(IterationStats::learningRate)
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-15 ? 0 : Double.compare(a, b))
        .containsExactly(0.0, 0.05, 0.1, 0.1);
    assertThat(stats.get(0).globalBatchSize()).isEqualTo(12);
    assertThat(stats.get(0).times().total()).isPositive();
  }

  @Test
  void lossThatIsNoNumberStopsAllRanksWithItsPlace() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              ToyProgram program =
                  new ToyProgram(3, false) {
                    private int calls;

                    @Override
                    public LossResult lossFunction(
                        io.sparkmm.train.model.ModelOutput output, TrainContext context) {
                      LossResult result = super.lossFunction(output, context);
                      boolean broken = ++calls == 6 && context.rank() == 1;
                      return broken
                          ? new LossResult(result.loss().mul(new Scalar(Double.NaN)), Map.of())
                          : result;
                    }
                  };
              run(program, group, settings(5, 8));
              return null;
            });

    String message = "Cannot go on: the loss of rank 1 in iteration 3, micro-batch 2 is NaN";
    assertThat(outcomes.get(0).thrown()).isInstanceOf(TrainingException.class).hasMessage(message);
    assertThat(outcomes.get(1).thrown())
        .isInstanceOf(TrainingException.class)
        .hasMessage(message + "; its samples are [sample-22, sample-23]");
    assertThat(((TrainingException) outcomes.get(0).thrown()).kind())
        .isEqualTo(TrainingException.Kind.LOSS_NOT_FINITE);
  }

  @Test
  void batchWithoutSupervisedTokenIsNamed() {
    ToyProgram program =
        new ToyProgram(3, false) {
          @Override
          BatchIterator batches(TrainContext context) {
            BatchIterator source = super.batches(context);
            return new BatchIterator() {
              @Override
              public boolean hasNext() {
                return true;
              }

              @Override
              public HostBatch next() {
                HostBatch batch = source.next();
                Arrays.fill(batch.labels(), -100);
                return batch;
              }

              @Override
              public void close() {
                source.close();
              }
            };
          }
        };

    assertThatThrownBy(() -> run(program, new LocalCollectives(), settings(1, 2)))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "Cannot go on: rank 0 has no supervised label in iteration 1, micro-batch 1; its samples"
                + " are [sample-0, sample-1]");
  }

  @Test
  void oneRanksRequestStopsAllRanksAtTheSameIteration() {
    List<TrainResult> results =
        Ranks.run(
            3,
            group -> {
              ToyProgram program = new ToyProgram(3, false);
              Recorder recorder =
                  new Recorder(program.events, running -> group.rank() == 2 && running == 3);
              try (TrainResult result =
                  new Trainer(
                          program,
                          context(group, 2, ScalarType.Float),
                          settings(9, 12),
                          model -> FullyShard.apply(model, GROUPS, group, FsdpSettings.DEFAULTS),
                          recorder)
                      .run()) {
                return result;
              }
            });

    assertThat(results)
        .allSatisfy(
            result -> {
              assertThat(result.iterations()).isEqualTo(3);
              assertThat(result.consumedSamples()).isEqualTo(36);
              assertThat(result.stopped()).isTrue();
            });
  }

  @Test
  void globalBatchMustBeAMultipleOfWhatTheRanksTakeAtOnce() {
    assertThatThrownBy(() -> run(new ToyProgram(3, false), new LocalCollectives(), settings(1, 5)))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "Cannot cut a global batch of 5 samples: it is no multiple of micro-batch-size 2 times"
                + " 1 data-parallel ranks");
  }

  @Test
  void modelWithoutTrainableParameterIsRefused() {
    assertThatThrownBy(() -> run(new ToyProgram(3, true), new LocalCollectives(), settings(1, 2)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("there is nothing to train");
  }

  @Test
  void emptyDataAreRefusedBeforeTheFirstStep() {
    ToyProgram program =
        new ToyProgram(3, false) {
          @Override
          BatchIterator batches(TrainContext context) {
            return new EmptyIterator();
          }
        };

    assertThatThrownBy(() -> run(program, new LocalCollectives(), settings(1, 2)))
        .isInstanceOf(TrainingException.class)
        .hasMessage("Cannot train: the training data of rank 0 are empty");
  }

  @Test
  void trainedWeightsCanBeRead() {
    ToyProgram program = new ToyProgram(3, false);
    try (TrainResult result =
            new Trainer(
                    program,
                    context(new LocalCollectives(), 2, ScalarType.Float),
                    settings(3, 2),
                    UnshardedModel::new,
                    TrainListener.NONE)
                .run();
        TensorScope scope = TensorScope.open()) {
      double[] before =
          Tensors.values(
              new ToyProgram.ToyModel(3, ScalarType.Float)
                  .namedParameters()
                  .get("head.weight")
                  .data());
      assertThat(result.parallel().state().names()).containsExactly("embed.weight", "head.weight");
      assertThat(Tensors.values(result.parallel().state().gather("head.weight")))
          .isNotEqualTo(before);
      assertThat(result.iterations()).isEqualTo(3);
      assertThat(result.stopped()).isFalse();
    }
  }

  private static List<IterationStats> train(Collectives group, int microBatchSize, int iterations) {
    ToyProgram program = new ToyProgram(3, false);
    Recorder recorder = new Recorder(program.events, done -> false);
    new Trainer(
            program,
            context(group, microBatchSize, ScalarType.Double),
            settings(iterations, 12),
            model -> FullyShard.apply(model, GROUPS, group, FsdpSettings.DEFAULTS),
            recorder)
        .run()
        .close();
    return recorder.stats;
  }

  private static void run(ToyProgram program, Collectives group, TrainerSettings settings) {
    new Trainer(
            program,
            context(group, 2, ScalarType.Float),
            settings,
            model -> FullyShard.apply(model, GROUPS, group, FsdpSettings.DEFAULTS),
            TrainListener.NONE)
        .run()
        .close();
  }

  static TrainContext context(Collectives group, int microBatchSize, ScalarType type) {
    return new TrainContext(group, type, microBatchSize, 1234);
  }

  static TrainerSettings settings(int iterations, int globalBatchSize) {
    LrSettings rates =
        new LrSettings(
            LrDecayStyle.CONSTANT,
            0.1,
            0.0,
            new LrSettings.Warmup(0.0, 0.0, 2),
            OptionalInt.of(Math.max(3, iterations)),
            Optional.empty());
    return new TrainerSettings(
        iterations,
        globalBatchSize,
        LrSchedule.create(rates, iterations, globalBatchSize),
        new AdamWSettings(0.9, 0.999, 1e-8, 0.01),
        ParameterRule.excluding(List.of()),
        1.0);
  }

  private static final class EmptyIterator implements BatchIterator {
    @Override
    public boolean hasNext() {
      return false;
    }

    @Override
    public HostBatch next() {
      throw new java.util.NoSuchElementException();
    }

    @Override
    public void close() {}
  }
}
