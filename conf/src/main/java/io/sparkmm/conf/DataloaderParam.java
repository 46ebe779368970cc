package io.sparkmm.conf;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code dataloader_param}: order and batches of the samples.
 *
 * @param dataloaderMode how batches are formed
 * @param samplerType which sampler decides on the order
 * @param shuffle whether the order is random
 * @param dropLast whether an incomplete last batch is left out
 * @param pinMemory whether batches are put into page-locked memory
 * @param prefetchFactor batches read ahead
 * @param persistentWorkers whether reading workers live on between epochs
 * @param dataSharding whether each worker gets one block of the data set
 * @param groupFrame {@code LengthGroupedSampler} only
 * @param groupResolution {@code LengthGroupedSampler} only
 * @param groupData {@code LengthGroupedSampler} only
 * @param initialGlobalStepForSampler {@code LengthGroupedSampler} only
 * @param priorityMode {@code BucketBatchSampler} only
 * @param collateParam how samples become a batch
 */
public record DataloaderParam(
    DataloaderMode dataloaderMode,
    SamplerType samplerType,
    boolean shuffle,
    boolean dropLast,
    boolean pinMemory,
    OptionalInt prefetchFactor,
    Optional<Boolean> persistentWorkers,
    boolean dataSharding,
    boolean groupFrame,
    boolean groupResolution,
    boolean groupData,
    int initialGlobalStepForSampler,
    String priorityMode,
    CollateParam collateParam) {

  static DataloaderParam read(ConfigSection section) {
    if (!section.isPresent("dataloader_mode")) {
      section.report(
          "dataloader_mode",
          "is required: one of " + String.join(", ", NamedValue.texts(DataloaderMode.class)));
    }
    DataloaderParam read =
        new DataloaderParam(
            section.choice("dataloader_mode", DataloaderMode.class, DataloaderMode.SAMPLER),
            section.choice("sampler_type", SamplerType.class, SamplerType.STATEFUL_DISTRIBUTED),
            section.flag("shuffle", false),
            section.flag("drop_last", false),
            section.flag("pin_memory", false),
            section.optionalInteger("prefetch_factor", Limit.atLeast(1)),
            section.optionalFlag("persistent_workers"),
            section.flag("data_sharding", false),
            section.flag("group_frame", false),
            section.flag("group_resolution", false),
            section.flag("group_data", false),
            section.integer("initial_global_step_for_sampler", 0, Limit.NOT_NEGATIVE),
            section.text("priority_mode", "data_bucketing_img"),
            CollateParam.read(section.requiredSection("collate_param")));
    read.check(section);
    return read;
  }

  private void check(ConfigSection section) {
    boolean needsWholeBatches =
        samplerType == SamplerType.BASE_RANDOM_BATCH || samplerType == SamplerType.BUCKET_BATCH;
    if (needsWholeBatches && !dropLast) {
      section.report("drop_last", "must be true with sampler_type = " + samplerType.text());
    }
    for (String key : List.of("batch_size", "num_workers", "seed")) {
      if (!section.raw(key).isMissingNode()) {
        section.warn(key, "has no effect: the launch argument decides");
      }
    }
  }
}
