package io.sparkmm.convert.cli;

import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;

/**
 * A line of a listing.
 *
 * @param spec name, element type and shape
 * @param file the file with its bytes, relative to what was listed; with more than one, the first
 *     and how many follow
 * @param offset where the tensor, or the archive around it, begins in that file
 */
record ListedTensor(TensorSpec spec, String file, long offset) {

  static ListedTensor of(TensorRef tensor) {
    return new ListedTensor(tensor.spec(), tensor.file().getFileName().toString(), tensor.begin());
  }
}
