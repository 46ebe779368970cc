package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.tensor.TensorRef;
import java.util.List;
import java.util.Map;

/**
 * The parsed and checked header of one file.
 *
 * @param metadata the pairs of {@code __metadata__}, sorted by key
 * @param tensors in the order of their bytes
 */
record Header(Map<String, String> metadata, List<TensorRef> tensors) {

  /** Bytes of the length field in front of the JSON. */
  static final int LENGTH_BYTES = 8;

  /** Upper limit of the JSON, the one that the reference implementation has. */
  static final long MAX_JSON_BYTES = 100_000_000L;

  static final String METADATA = "__metadata__";
  static final String DTYPE = "dtype";
  static final String SHAPE = "shape";
  static final String DATA_OFFSETS = "data_offsets";
}
