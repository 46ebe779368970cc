package io.sparkmm.train.input;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * A sample whose pictures are not decoded yet.
 *
 * @param bytes memory that the decoded sample and its share of a collated batch take together
 * @param scratchBytes memory that decoding takes besides, until it is done
 * @param decode decodes the pictures
 */
public record PendingSample(long bytes, long scratchBytes, Supplier<DecodedSample> decode) {
  public PendingSample {
    Objects.requireNonNull(decode, "decode");
  }
}
