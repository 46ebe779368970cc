package io.sparkmm.data.encode;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RejectedSample;
import java.util.Objects;

/** What became of a sample: tokens, or the reason why there are none. */
public sealed interface EncodeResult {
  /** The sample is ready to be stored. */
  record Encoded(EncodedSample sample) implements EncodeResult {
    public Encoded {
      Objects.requireNonNull(sample, "sample");
    }
  }

  /** The sample is to be left out. */
  record Rejected(RejectedSample reject) implements EncodeResult {
    public Rejected {
      Objects.requireNonNull(reject, "reject");
    }
  }
}
