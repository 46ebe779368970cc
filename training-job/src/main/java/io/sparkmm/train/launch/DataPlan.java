package io.sparkmm.train.launch;

import io.sparkmm.data.image.PixelProcessor;
import io.sparkmm.data.image.PixelSettings;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.job.HadoopSettings;
import io.sparkmm.data.order.OrderSettings;
import io.sparkmm.data.order.SampleOrder;
import io.sparkmm.data.order.SampleOrders;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.BatchReader;
import io.sparkmm.train.input.Collator;
import io.sparkmm.train.input.CollatorSettings;
import io.sparkmm.train.input.PictureFiles;
import io.sparkmm.train.input.SampleDecoder;
import java.io.Serializable;
import java.util.Objects;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The data of a run, as they travel to the workers.
 *
 * @param folder URI of a prepared data set
 * @param version version of the data set that all workers read, whatever is added meanwhile
 * @param workingFolder URI of the folder that relative picture paths start from: the driver's, not
 *     the executors'
 * @param preferences whether the samples are pairs of answers
 * @param sampling which samples make a batch
 * @param collator how samples become a batch
 * @param processor the checkpoint's picture processor
 * @param pictures how pictures become pixels
 * @param readerThreads background threads per worker; 0 for none
 * @param readAhead micro-batches to have ready
 * @param hadoop how to reach file systems
 */
public record DataPlan(
    String folder,
    int version,
    String workingFolder,
    boolean preferences,
    Sampling sampling,
    CollatorSettings collator,
    ProcessorConfig processor,
    PixelSettings pictures,
    int readerThreads,
    int readAhead,
    HadoopSettings hadoop)
    implements Serializable {
  /** Kinds of samples that are trained by their labels. */
  private static final Set<SampleKind> LABELLED =
      Set.of(SampleKind.SFT, SampleKind.PACKED, SampleKind.PRETRAIN);

  /**
   * Kinds of samples that can be trained.
   *
   * @param preferences whether by pairs of answers, or by labels
   */
  static Set<SampleKind> kinds(boolean preferences) {
    return preferences ? Set.of(SampleKind.PREFERENCE) : LABELLED;
  }

  /**
   * Which samples make a batch.
   *
   * @param sampler name of the order
   * @param shuffle whether the order is random
   * @param dropLast whether an incomplete last micro-batch of a pass is left out
   * @param dataSharding whether each worker draws from its own part of the data set
   * @param microBatch samples of one forward pass of one worker
   * @param globalBatch samples of one optimizer step over all workers
   */
  public record Sampling(
      String sampler,
      boolean shuffle,
      boolean dropLast,
      boolean dataSharding,
      int microBatch,
      int globalBatch)
      implements Serializable {
    /**
     * The order over a data set.
     *
     * @throws IllegalArgumentException if the data set is smaller than a batch
     */
    public SampleOrder order(int samples, int workers) {
      OrderSettings settings =
          new OrderSettings(samples, microBatch, workers, shuffle, dataSharding);
      if (dropLast && !dataSharding && !sampler.equals(SampleOrders.STATEFUL_DISTRIBUTED)) {
        // Epochs in whole global batches give the same batches for any number of workers.
        return SampleOrders.inGlobalBatches(sampler, settings, globalBatch);
      }
      return SampleOrders.create(sampler, settings, dropLast);
    }

    /** Micro-batches of one optimizer step of one worker. */
    public int microBatches(int workers) {
      return globalBatch / (microBatch * workers);
    }

    /**
     * How validation samples make a batch: in the order of the data set, an incomplete last
     * micro-batch of all workers left out.
     */
    public Sampling forValidation(int workers) {
      return new Sampling(
          SampleOrders.SEQUENTIAL, false, true, false, microBatch, microBatch * workers);
    }
  }

  public DataPlan {
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(workingFolder, "workingFolder");
    Objects.requireNonNull(sampling, "sampling");
    Objects.requireNonNull(collator, "collator");
    Objects.requireNonNull(processor, "processor");
    Objects.requireNonNull(pictures, "pictures");
    Objects.requireNonNull(hadoop, "hadoop");
  }

  /** The picture processor of the run. */
  public PixelProcessor pixelProcessor() {
    return new PixelProcessor(processor, pictures);
  }

  /**
   * Opens the training samples of one rank.
   *
   * @param consumedSamples samples that all ranks together have taken before
   * @return iterator without end; closing it closes the shards, too
   */
  public BatchIterator openTrain(int rank, int workers, long consumedSamples) {
    return open(Split.TRAIN, sampling, rank, workers, consumedSamples);
  }

  /**
   * Opens the validation samples of one rank, in the order of the data set. Restarting the iterator
   * begins with the first one again.
   */
  public BatchIterator openValidation(int rank, int workers) {
    Sampling inOrder = sampling.forValidation(workers);
    return new RestartingBatches(() -> open(Split.VAL, inOrder, rank, workers, 0));
  }

  private BatchIterator open(
      Split split, Sampling samples, int rank, int workers, long consumedSamples) {
    Configuration configuration = hadoop.configuration();
    ShardReader shards =
        ShardReader.openVersion(folder, split, version, configuration).expect(kinds(preferences));
    PixelProcessor pixels = pixelProcessor();
    SampleDecoder decoder =
        new SampleDecoder(
            shards, pixels, collator, new PictureFiles(new Path(workingFolder), configuration));
    BatchReader reader =
        new BatchReader(
            samples.order(Math.toIntExact(shards.size()), workers),
            rank,
            decoder::open,
            new Collator(collator, SampleDecoder.blank(pixels)),
            new BatchReader.ReadAhead(consumedSamples, readerThreads, readAhead));
    return new ShardBatches(reader, shards);
  }
}
