package io.sparkmm.convert.execute;

import io.sparkmm.convert.plan.Literal;
import java.util.Arrays;

/** Parts of literals. */
final class Literals {

  private Literals() {}

  /** The bytes of a literal that a range of the file takes. */
  static byte[] part(Literal literal, Chunks.Range range) {
    int from = Math.toIntExact(range.begin() - literal.offset());
    return Arrays.copyOfRange(literal.bytes(), from, from + (int) range.length());
  }
}
