package io.sparkmm.data.job;

import io.sparkmm.data.order.NumpyPermutation;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.Split;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits encoded samples into a training and a validation part, as {@code train_test_split} of
 * Hugging Face's data sets does: of a random permutation of all samples the first {@code ceil(rate
 * * n)} become the validation part, the others the training part, both in the permutation's order.
 *
 * @param training samples of the training part
 * @param validation samples of the validation part
 * @param seed seed of the permutation
 * @param recordsPerShard samples of a shard
 * @param first number of each part's first shard
 */
record RandomSplit(int training, int validation, long seed, int recordsPerShard, First first)
    implements Serializable {
  /**
   * Numbers of first shards.
   *
   * @param training of the training part
   * @param validation of the validation part
   */
  record First(int training, int validation) implements Serializable {}

  /**
   * Samples of the validation part, such that it is {@code ceil(rate * n)} of all samples, those of
   * earlier versions included.
   *
   * @param rate share of the validation part, in (0, 1)
   * @param added samples to split
   * @param earlier samples of earlier versions
   * @param earlierValidation those of them that are in the validation part
   * @throws DataException of kind {@code SETTING} if nothing would be left to train on
   */
  static int validationSize(double rate, int added, long earlier, long earlierValidation) {
    long wanted = (long) Math.ceil(rate * (earlier + added)) - earlierValidation;
    int validation = (int) Math.max(0, Math.min(added, wanted));
    if (earlier == 0 && validation == added) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot split "
              + added
              + " samples with val_rate = "
              + rate
              + ": nothing would be left to train on");
    }
    return validation;
  }

  /** The shards of both parts, the validation part first. */
  List<ShardKey> keys() {
    List<ShardKey> keys = new ArrayList<>();
    for (int i = 0; i < shards(validation); i++) {
      keys.add(new ShardKey(Split.VAL, first.validation() + i));
    }
    for (int i = 0; i < shards(training); i++) {
      keys.add(new ShardKey(Split.TRAIN, first.training() + i));
    }
    return keys;
  }

  /**
   * Where each sample goes.
   *
   * @return for each sample its position in the permutation
   */
  int[] positions() {
    int[] order = NumpyPermutation.of(training + validation, seed);
    int[] positions = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      positions[order[i]] = i;
    }
    return positions;
  }

  /** The shard of a position, as an index of {@link #keys}. */
  int shard(int position) {
    return position < validation
        ? position / recordsPerShard
        : shards(validation) + (position - validation) / recordsPerShard;
  }

  private int shards(int samples) {
    return (int) (((long) samples + recordsPerShard - 1) / recordsPerShard);
  }
}
