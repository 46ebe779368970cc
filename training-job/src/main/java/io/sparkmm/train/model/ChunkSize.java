package io.sparkmm.train.model;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Length of the pieces that a loss is computed in.
 *
 * @param tokens positions per piece and sequence, or the largest number of positions of all
 *     sequences together; at least 1
 * @param dynamic whether {@code tokens} is for all sequences together
 */
public record ChunkSize(int tokens, boolean dynamic) {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkSize.class);

  public ChunkSize {
    if (tokens < 1) {
      throw new ModelException(
          ModelException.Kind.CONFIG,
          "Cannot compute the loss in chunks of " + tokens + " tokens: at least 1 is needed");
    }
  }

  /** Pieces of a fixed length per sequence. */
  public static ChunkSize fixed(int tokens) {
    return new ChunkSize(tokens, false);
  }

  /** Pieces whose length is a power of two that keeps all sequences together within a limit. */
  public static ChunkSize upTo(int tokens) {
    return new ChunkSize(tokens, true);
  }

  /** Positions of one sequence in a piece of a micro-batch. */
  public int perSequence(int batchRows) {
    if (!dynamic) {
      return tokens;
    }
    if (batchRows < 1 || batchRows >= tokens) {
      LOG.error(
          "chunk_size {} is not above the {} sequences of a micro-batch: the loss is computed"
              + " position by position",
          tokens,
          batchRows);
      return 1;
    }
    return Integer.highestOneBit(tokens / batchRows);
  }

  /** Targets in a piece of a micro-batch. */
  long targets(int batchRows) {
    return (long) perSequence(batchRows) * Math.max(1, batchRows);
  }
}
