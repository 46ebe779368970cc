package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RejectedSample;
import java.util.Objects;

/** What became of one source record; a {@link ShardPartWriter} writes them in their order. */
public sealed interface SourceOutcome {
  /** Stores the record's outcome. */
  void writeTo(ShardPartWriter writer) throws java.io.IOException;

  /** The record became a sample. */
  record Kept(EncodedSample sample) implements SourceOutcome {
    public Kept {
      Objects.requireNonNull(sample, "sample");
    }

    @Override
    public void writeTo(ShardPartWriter writer) throws java.io.IOException {
      writer.keep(sample);
    }
  }

  /** The record was left out. */
  record Left(RejectedSample reject) implements SourceOutcome {
    public Left {
      Objects.requireNonNull(reject, "reject");
    }

    @Override
    public void writeTo(ShardPartWriter writer) throws java.io.IOException {
      writer.reject(reject);
    }
  }
}
