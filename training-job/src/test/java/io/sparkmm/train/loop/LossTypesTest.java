package io.sparkmm.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.conf.LossType;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.input.LookAheadBatches;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.optim.SgdSettings;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import io.sparkmm.train.torch.HostTensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The worked check of the loss types on two ranks with two micro-batches of two samples each. A
 * sample is the sum of its tokens' cross entropies and their number.
 */
class LossTypesTest {
  private static final double[][][][] SAMPLES = {
    {{{2.0, 1}, {6.0, 3}}, {{4.0, 4}, {1.0, 2}}}, {{{3.0, 3}, {10.0, 5}}, {{0.5, 1}, {9.0, 6}}}
  };
  private static final int COLUMNS = 8;

  /** Loss and gradient norm of one iteration on one rank. */
  private record Found(double loss, double norm) {}

  @ParameterizedTest
  @CsvSource({
    "DEFAULT, 1.4538690476",
    "PER_SAMPLE, 1.3125",
    "PER_TOKEN, 1.42",
    "TOKEN, 1.4326923077",
    "SQUARE, 1.3720306302"
  })
  void eachTypeGivesTheWorkedValue(LossType type, double expected) {
    for (Found found : train(type, SAMPLES)) {
      assertThat(found.loss()).isCloseTo(expected, within(5e-11));
    }
  }

  /**
   * Every cross entropy is log(1 + exp(x + w)) in the only weight w, so the gradient is the same
   * mean over 1 - exp(-l).
   */
  @ParameterizedTest
  @CsvSource({"DEFAULT", "PER_SAMPLE", "PER_TOKEN", "TOKEN", "SQUARE"})
  void gradientIsTheSameMeanAsTheLoss(LossType type) {
    double[][][][] slopes =
        Arrays.stream(SAMPLES)
            .map(
                rank ->
                    Arrays.stream(rank)
                        .map(
                            batch ->
                                Arrays.stream(batch)
                                    .map(s -> new double[] {s[1] * -Math.expm1(-s[0] / s[1]), s[1]})
                                    .toArray(double[][]::new))
                        .toArray(double[][][]::new))
            .toArray(double[][][][]::new);
    double expected = train(type, slopes).get(0).loss();

    for (Found found : train(type, SAMPLES)) {
      assertThat(found.norm()).isCloseTo(expected, within(1e-12));
    }
  }

  @Test
  void sumsAreDividedByTheirOwnTokens() {
    BiFunction<ModelOutput, TrainContext, LossResult> sums =
        (output, context) -> LossResult.sum(CausalLmLoss.sum(output), output.targets().numel());

    for (Found found : train(sums, TrainerSettings.Options.DEFAULTS)) {
      assertThat(found.loss()).isCloseTo(1.4538690476, within(5e-11));
      assertThat(found.norm())
          .isCloseTo(train(LossType.DEFAULT, SAMPLES).get(0).norm(), within(1e-12));
    }
  }

  @Test
  void sumsAreDividedByAllTokensWhenTheLossIsPerToken() {
    BiFunction<ModelOutput, TrainContext, LossResult> sums =
        (output, context) -> LossResult.sum(CausalLmLoss.sum(output), output.targets().numel());

    for (Found found :
        train(
            sums,
            new TrainerSettings.Options(true, false, TrainerSettings.EvaluationSettings.NONE))) {
      assertThat(found.loss()).isCloseTo(1.42, within(1e-12));
      assertThat(found.norm())
          .isCloseTo(train(LossType.PER_TOKEN, SAMPLES).get(0).norm(), within(1e-12));
    }
  }

  @Test
  void microBatchWithoutTargetsIsNoProblemPerToken() {
    double[][][][] samples = {
      {{{0, 0}, {0, 0}}, {{4.0, 4}, {1.0, 2}}}, {{{3.0, 3}, {10.0, 5}}, {{0.5, 1}, {9.0, 6}}}
    };

    for (Found found : train(LossType.PER_TOKEN, samples)) {
      assertThat(found.loss()).isCloseTo(27.5 / 21, within(1e-12));
    }
  }

  @Test
  void microBatchWithoutTargetsStopsAllRanksOtherwise() {
    double[][][][] samples = {SAMPLES[0], {SAMPLES[1][0], {{0, 0}, {0, 0}}}};
    List<Ranks.Outcome<Found>> outcomes =
        Ranks.outcomes(
            2, Duration.ofSeconds(60), group -> run(new Program(LossType.DEFAULT, samples), group));

    String message = "Cannot go on: rank 1 has no supervised label in iteration 1, micro-batch 2";
    assertThat(outcomes.get(0).thrown()).isInstanceOf(TrainingException.class).hasMessage(message);
    assertThat(((TrainingException) outcomes.get(0).thrown()).ofPeer()).isTrue();
    assertThat(outcomes.get(1).thrown())
        .isInstanceOf(TrainingException.class)
        .hasMessage(message + "; its samples are [1/2/0, 1/2/1]");
    assertThat(((TrainingException) outcomes.get(1).thrown()).ofPeer()).isFalse();
  }

  @Test
  void sampleWithoutTargetsStopsALossPerSample() {
    double[][][][] samples = {{{{2.0, 1}, {0, 0}}, SAMPLES[0][1]}};

    assertThatThrownBy(() -> run(new Program(LossType.PER_SAMPLE, samples), new LocalCollectives()))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "Cannot go on: rank 0 has a sample without supervised label in iteration 1, micro-batch"
                + " 1; its samples are [0/1/0, 0/1/1]");
  }

  @Test
  void lossPerTokenNeedsALookAheadLoader() {
    Program program =
        new Program(LossType.PER_TOKEN, SAMPLES) {
          @Override
          BatchIterator counted(BatchIterator source) {
            return source;
          }
        };

    assertThatThrownBy(() -> run(program, new LocalCollectives()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("read the data through a LookAheadBatches loader")
        .extracting(error -> ((TrainingException) error).kind())
        .isEqualTo(TrainingException.Kind.NO_LOOK_AHEAD);
  }

  private static List<Found> train(LossType type, double[][][][] samples) {
    return Ranks.run(2, group -> run(new Program(type, samples), group));
  }

  private static List<Found> train(
      BiFunction<ModelOutput, TrainContext, LossResult> loss, TrainerSettings.Options options) {
    return Ranks.run(
        2,
        group ->
            run(
                new Program(LossType.DEFAULT, SAMPLES) {
                  @Override
                  public LossResult lossFunction(ModelOutput output, TrainContext context) {
                    return loss.apply(output, context);
                  }
                },
                group,
                options));
  }

  private static Found run(Program program, Collectives group) {
    return run(program, group, TrainerSettings.Options.DEFAULTS);
  }

  private static Found run(Program program, Collectives group, TrainerSettings.Options options) {
    List<IterationStats> stats = new ArrayList<>();
    int batch = 4 * group.size();
    new Trainer(
            program,
            new TrainContext(group, ScalarType.Double, 2, 1),
            new TrainerSettings(
                1,
                batch,
                LrSchedule.create(LrSettings.constant(0.1), 1, batch),
                new SgdSettings(0.9, 0),
                ParameterRule.excluding(List.of()),
                0,
                options),
            model -> FullyShard.apply(model, List.of(), group, FsdpSettings.DEFAULTS),
            new TrainListener() {
              @Override
              public void onIteration(IterationStats iteration) {
                stats.add(iteration);
              }
            })
        .run()
        .close();
    return new Found(stats.get(0).loss(), stats.get(0).gradientNorm());
  }

  /** Gives the worked samples to its ranks. */
  private static class Program implements TrainingProgram {
    private final LossType type;
    private final double[][][][] samples;
    private TokenLoss loss;

    Program(LossType type, double[][][][] samples) {
      this.type = type;
      this.samples = samples;
    }

    BatchIterator counted(BatchIterator source) {
      return type == LossType.PER_TOKEN ? new LookAheadBatches(source, 2) : source;
    }

    @Override
    public TrainableModel modelProvider(TrainContext context) {
      return new Shift(samples[context.rank()]);
    }

    @Override
    public DataIterators trainValidTestDatasetsProvider(TrainContext context) {
      return new DataIterators(
          counted(new Worked(context.rank(), samples[context.rank()])),
          Optional.empty(),
          Optional.empty());
    }

    @Override
    public ForwardResult forwardStep(
        BatchIterator iterator, TrainableModel model, TrainContext context) {
      Batch batch = getBatch(iterator, context);
      loss = TokenLoss.prepare(type, false, batch.host(), context);
      return new ForwardResult(model.forward(batch), output -> lossFunction(output, context));
    }

    @Override
    public LossResult lossFunction(ModelOutput output, TrainContext context) {
      return loss.apply(output);
    }
  }

  /** Micro-batches whose first input of a row is the number of the micro-batch. */
  private static final class Worked implements BatchIterator {
    private final int rank;
    private final double[][][] batches;
    private int next;

    Worked(int rank, double[][][] batches) {
      this.rank = rank;
      this.batches = batches;
    }

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public HostBatch next() {
      int number = next++ % batches.length;
      int rows = batches[number].length;
      long[] labels = new long[rows * COLUMNS];
      long[] ids = new long[labels.length];
      Arrays.fill(labels, -100);
      List<String> names = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        ids[row * COLUMNS] = number;
        int from = row * COLUMNS + 1;
        Arrays.fill(labels, from, from + (int) batches[number][row][1], 0);
        names.add(rank + "/" + (number + 1) + "/" + row);
      }
      long[] mask = new long[labels.length];
      Arrays.fill(mask, 1);
      return new HostBatch(rows, COLUMNS, ids, mask, labels, new float[0], List.of(), names);
    }

    @Override
    public void close() {}
  }

  /** Two logits per target, of which the second one is moved by the only weight, which is 0. */
  private static final class Shift extends TrainableModel {
    private final double[][][] batches;
    private final Parameter weight = parameter("weight", new Parameter(Parameter.Role.BIAS, 1));

    Shift(double[][][] batches) {
      this.batches = batches;
      nameParameters();
      weight.setData(Tensors.of(ScalarType.Double, 0));
    }

    @Override
    public ModelOutput forward(Batch batch) {
      double[][] rows = batches[(int) batch.host().inputIds()[0]];
      int count = batch.host().targetCount();
      double[] logits = new double[2 * count];
      double[] moves = new double[2 * count];
      long[] rowOf = new long[count];
      int at = 0;
      for (int row = 0; row < rows.length; row++) {
        double each = rows[row][0] / rows[row][1];
        for (int i = 0; i < rows[row][1]; i++) {
          // log(1 + exp(x)) = each
          logits[2 * at + 1] = Math.log(Math.expm1(each));
          moves[2 * at + 1] = 1;
          rowOf[at++] = row;
        }
      }
      Tensor shifted =
          call(
              in -> in[0].add(in[1].mul(weight.value()), new Scalar(1)),
              HostTensors.of(logits, count, 2),
              HostTensors.of(moves, count, 2));
      return new ModelOutput(
          shifted,
          torch.zeros(new long[] {count}).to(ScalarType.Long),
          HostTensors.of(rowOf, count),
          rows.length);
    }
  }
}
