package io.sparkmm.train.input;

import java.util.Objects;

/**
 * Which record each token of packed rows belongs to. Positions begin anew with each record.
 *
 * @param numbers {@code [B*S]} number of the token's record in its row, from 1; 0 for padding
 * @param isolated whether attention stays inside a record
 */
public record RowSegments(long[] numbers, boolean isolated) {
  public RowSegments {
    Objects.requireNonNull(numbers, "numbers");
  }
}
