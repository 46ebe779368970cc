package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpBytes;
import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpTensor;
import io.sparkmm.convert.pickle.PickleText;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Everything that a checkpoint holds, as text that can be compared. */
final class Stored {
  private Stored() {}

  /** Whole tensors, by key: type, shape and bytes. */
  static SortedMap<String, String> tensors(Path folder) {
    DcpCheckpoint checkpoint = DcpCheckpoint.open(folder);
    SortedMap<String, String> result = new TreeMap<>();
    try (SourceFiles files = new SourceFiles()) {
      for (DcpTensor tensor : checkpoint.metadata().tensors()) {
        TensorView view = checkpoint.view(tensor.key().flat());
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) view.byteSize());
        view.read(0, bytes, files);
        byte[] array = new byte[bytes.capacity()];
        bytes.flip().get(array);
        result.put(
            tensor.key().flat(),
            view.dtype() + " " + view.shape() + " " + HexFormat.of().formatHex(array));
      }
    }
    return result;
  }

  /** Values that are no tensors, by key. */
  static SortedMap<String, String> values(Path folder) {
    DcpCheckpoint checkpoint = DcpCheckpoint.open(folder);
    SortedMap<String, String> result = new TreeMap<>();
    for (DcpBytes value : checkpoint.metadata().values()) {
      Object found = checkpoint.value(value.key().flat());
      result.put(value.key().flat(), PickleText.describe(found) + " " + found);
    }
    return result;
  }

  /** Everything but the random generators, which exist once per rank. */
  static Map<String, String> trained(Path folder) {
    SortedMap<String, String> result = tensors(folder);
    result.keySet().removeIf(key -> key.startsWith("rng_state."));
    return result;
  }
}
