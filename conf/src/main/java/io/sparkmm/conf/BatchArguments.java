package io.sparkmm.conf;

import java.util.OptionalInt;

/**
 * Samples per step.
 *
 * @param microBatchSize samples of one forward pass of one worker
 * @param globalBatchSize samples of one optimizer step over all workers; empty: one micro-batch
 *     each
 * @param seqLength longest sequence in tokens; longer records are cut
 * @param variableSeqLengths whether sequences may differ in length from {@code seq_length}
 * @param numWorkers reading threads of each worker
 */
public record BatchArguments(
    int microBatchSize,
    OptionalInt globalBatchSize,
    int seqLength,
    boolean variableSeqLengths,
    int numWorkers)
    implements KeyGroup {

  static BatchArguments read(ConfigSection section) {
    return new BatchArguments(
        section.requiredInteger("micro_batch_size", Limit.atLeast(1)),
        section.optionalInteger("global_batch_size", Limit.atLeast(1)),
        section.requiredInteger("seq_length", Limit.atLeast(1)),
        section.flag("variable_seq_lengths", false),
        section.integer("num_workers", 2, Limit.NOT_NEGATIVE));
  }
}
