package io.sparkmm.data.encode;

import io.sparkmm.data.sample.EncodedSample;
import java.util.List;

/** Makes rows of one length from the records of a window. */
public interface Packer {
  /**
   * Packs a window.
   *
   * @param records encoded records in their order
   * @return rows; what they hold depends on these records only
   */
  List<EncodedSample> pack(List<EncodedSample> records);
}
