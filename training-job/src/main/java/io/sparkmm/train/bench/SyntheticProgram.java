package io.sparkmm.train.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.loop.DataIterators;
import io.sparkmm.train.loop.LossResult;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.loop.TrainingProgram;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.model.qwen2vl.Qwen2VlConfig;
import io.sparkmm.train.model.qwen2vl.Qwen2VlConfigParser;
import io.sparkmm.train.model.qwen2vl.Qwen2VlModel;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Trains a Qwen2-VL on rows that are all alike: some text, one picture, more text. Everything but
 * the picture is supervised, so that a program that computes logits at all positions has little to
 * lose.
 */
final class SyntheticProgram implements TrainingProgram {
  private static final long IGNORED = -100;
  private static final int TEXT_BEFORE = 8;

  private final Qwen2VlConfig config;
  private final Shape shape;

  /**
   * Sizes of a row.
   *
   * @param columns tokens of a row
   * @param gridSide patches along each side of the square picture, before merging
   */
  record Shape(int columns, int gridSide) {
    /** Tokens of the picture. */
    int pictureTokens(int merge) {
      return gridSide / merge * (gridSide / merge);
    }
  }

  SyntheticProgram(JsonNode config, Shape shape) {
    this.config = Qwen2VlConfigParser.fromHfJson(config);
    this.shape = shape;
    int merge = config.at("/vision_config/spatial_merge_size").asInt(2);
    if (shape.gridSide() % merge != 0
        || shape.pictureTokens(merge) + TEXT_BEFORE + 3 > shape.columns()) {
      throw new BenchException(
          "Cannot make rows of "
              + shape.columns()
              + " tokens with a picture of "
              + shape.gridSide()
              + " x "
              + shape.gridSide()
              + " patches");
    }
  }

  @Override
  public TrainableModel modelProvider(TrainContext context) {
    TrainableModel model = new Qwen2VlModel(config);
    ModelInitializer.NORMAL.initialize(model, context.seed(), context.computeType());
    return model;
  }

  @Override
  public DataIterators trainValidTestDatasetsProvider(TrainContext context) {
    HostBatch batch = batch(context.microBatchSize(), context.rank());
    BatchIterator same =
        new BatchIterator() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public HostBatch next() {
            return batch;
          }

          @Override
          public void close() {}
        };
    return new DataIterators(same, Optional.empty(), Optional.empty());
  }

  @Override
  public LossResult lossFunction(ModelOutput output, TrainContext context) {
    return LossResult.mean(CausalLmLoss.mean(output));
  }

  /** A micro-batch whose values depend on the seed only. */
  HostBatch batch(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int merge = config.vision().spatialMergeSize();
    int picture = shape.pictureTokens(merge);
    long[] ids = new long[rows * shape.columns()];
    long[] labels = new long[ids.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < shape.columns(); column++) {
        int at = row * shape.columns() + column;
        int inside = column - TEXT_BEFORE - 1;
        if (column == TEXT_BEFORE) {
          ids[at] = config.tokens().visionStart();
        } else if (inside >= 0 && inside < picture) {
          ids[at] = config.tokens().image();
        } else if (inside == picture) {
          ids[at] = config.tokens().visionEnd();
        } else {
          ids[at] = random.nextInt(config.tokens().visionStart());
        }
        labels[at] = inside >= 0 && inside < picture ? IGNORED : ids[at];
      }
    }
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 1);
    int patches = shape.gridSide() * shape.gridSide();
    float[] pixels = new float[rows * patches * config.vision().patchValues()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) (random.nextDouble() * 2 - 1);
    }
    List<int[]> grids =
        Collections.nCopies(rows, new int[] {1, shape.gridSide(), shape.gridSide()});
    return new HostBatch(
        rows,
        shape.columns(),
        ids,
        mask,
        labels,
        pixels,
        grids,
        Collections.nCopies(rows, "synthetic"));
  }

  /** Useful floating-point operations of training on one row, in both directions. */
  long flopsPerRow() {
    BenchFlops flops = new BenchFlops(config);
    int supervised = shape.columns() - shape.pictureTokens(config.vision().spatialMergeSize()) - 1;
    return flops.training(shape.columns(), supervised, shape.gridSide());
  }

  Qwen2VlConfig config() {
    return config;
  }
}
