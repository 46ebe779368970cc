package io.sparkmm.conf;

/** Order of the samples, {@code dataloader_param.sampler_type}. */
public enum SamplerType implements NamedValue {
  /** Sample-wise split over workers, resumable. */
  STATEFUL_DISTRIBUTED("stateful_distributed_sampler"),
  /** Batch-wise split, reshuffled each epoch. */
  BASE_RANDOM_BATCH("BaseRandomBatchSampler"),
  /** Samples of like picture token count together. */
  BUCKET_BATCH("BucketBatchSampler"),
  /** Videos of like length together. */
  LENGTH_GROUPED("LengthGroupedSampler"),
  /** File order. */
  SEQUENTIAL("SequentialSampler"),
  /** Sampler of autoencoder training. */
  AES("AESampler"),
  /** Sampler of Lumina training. */
  LUMINA_META_LEN("LuminaMetaLenDistSampler");

  private final String text;

  SamplerType(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
