package io.sparkmm.conf;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code dataset_param.basic_parameters}: which records are read and how they become tokens.
 *
 * @param template name of the chat template
 * @param datasetDir base folder of media paths; not prefixed to {@code dataset}
 * @param dataset the files, in order, relative to the working directory
 * @param cacheDir folder for parsed and tokenized data
 * @param overwriteCache whether that folder is filled anew
 * @param maxSamples first records to keep; empty for all (absent, null and 0 are the same)
 * @param trainOnPrompt whether prompt tokens are supervised, too
 * @param maskHistory whether only the last response is supervised
 * @param streaming whether records are prepared while training runs
 * @param preprocessingBatchSize records per preprocessing call
 * @param preprocessingNumWorkers parallel preprocessing
 * @param preprocessOnFly whether records are tokenized when they are needed
 * @param asyncPreprocess streaming only: preprocessing in the background
 * @param valDataset file of validation records
 * @param valMaxSamples first validation records to keep; empty for all
 * @param valRate share of the training records that becomes the validation set
 * @param packing switch of the pretraining processor
 * @param neatPacking with packing: attention stays within a packed record
 * @param enableThinking whether templates with thoughts train them
 * @param toolFormat form of tool calls; the template's own if absent
 * @param usePmccData whether contents are lists of token ids already
 */
public record BasicParameters(
    Optional<String> template,
    String datasetDir,
    List<String> dataset,
    Optional<String> cacheDir,
    boolean overwriteCache,
    OptionalInt maxSamples,
    boolean trainOnPrompt,
    boolean maskHistory,
    boolean streaming,
    int preprocessingBatchSize,
    OptionalInt preprocessingNumWorkers,
    boolean preprocessOnFly,
    boolean asyncPreprocess,
    Optional<String> valDataset,
    OptionalInt valMaxSamples,
    double valRate,
    Optional<Boolean> packing,
    boolean neatPacking,
    boolean enableThinking,
    Optional<String> toolFormat,
    boolean usePmccData) {

  /** Copies the list. */
  public BasicParameters {
    dataset = List.copyOf(dataset);
  }

  static BasicParameters read(ConfigSection section) {
    refuseCutoffLength(section);
    BasicParameters read =
        new BasicParameters(
            section.optionalText("template"),
            section.text("dataset_dir", "data"),
            readDataset(section),
            section.optionalText("cache_dir"),
            section.flag("overwrite_cache", false),
            positive(section.optionalInteger("max_samples", Limit.NOT_NEGATIVE)),
            section.flag("train_on_prompt", false),
            section.flag("mask_history", false),
            section.flag("streaming", false),
            section.integer("preprocessing_batch_size", 1000, Limit.atLeast(1)),
            section.optionalInteger("preprocessing_num_workers", Limit.atLeast(1)),
            section.flag("preprocess_on_fly", false),
            section.flag("async_preprocess", false),
            section.optionalText("val_dataset"),
            positive(section.optionalInteger("val_max_samples", Limit.NOT_NEGATIVE)),
            section.optionalNumber("val_rate", Limit.SHARE).orElse(0.0),
            section.optionalFlag("packing"),
            section.flag("neat_packing", false),
            section.flag("enable_thinking", true),
            section.optionalText("tool_format"),
            section.flag("use_pmcc_data", false));
    read.check(section);
    return read;
  }

  /** Most records to take: {@code maxSamples}, which has no effect with streaming. */
  public OptionalInt recordLimit() {
    return streaming ? OptionalInt.empty() : maxSamples;
  }

  private static void refuseCutoffLength(ConfigSection section) {
    if (section.isPresent("cutoff_len")) {
      section.raw("cutoff_len");
      section.report(
          "cutoff_len",
          "is not allowed here: remove it and give the sequence length by --seq-length");
    }
  }

  private static List<String> readDataset(ConfigSection section) {
    String text = section.requiredText("dataset");
    if (!section.raw("dataset").isTextual()) {
      return List.of();
    }
    List<String> files = List.of(text.split(",", -1));
    if (files.stream().anyMatch(String::isBlank)) {
      section.report("dataset", "must be one or more paths separated by ',', none of them empty");
    }
    return files;
  }

  private static OptionalInt positive(OptionalInt count) {
    return count.isPresent() && count.getAsInt() == 0 ? OptionalInt.empty() : count;
  }

  private void check(ConfigSection section) {
    if (valRate == 1.0) {
      section.report("val_rate", "must be below 1: nothing would be left to train on");
    }
    if (streaming && valRate > 0 && valDataset.isEmpty()) {
      section.report(
          "val_rate", "cannot be used together with streaming = true; name a val_dataset instead");
    }
    if (streaming && valMaxSamples.isPresent()) {
      section.report("val_max_samples", "cannot be used together with streaming = true");
    }
    if (streaming && maxSamples.isPresent()) {
      section.warn("max_samples", "has no effect together with streaming = true");
    }
    if (valDataset.isPresent() && valRate > 0) {
      section.warn("val_rate", "has no effect because val_dataset is set");
    }
    if (asyncPreprocess && !streaming) {
      section.warn("async_preprocess", "has no effect without streaming = true");
    }
    if (preprocessOnFly && streaming) {
      section.warn("preprocess_on_fly", "has no effect together with streaming = true");
    }
  }
}
