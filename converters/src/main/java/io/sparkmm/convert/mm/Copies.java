package io.sparkmm.convert.mm;

import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Compares what several ranks hold copies of. */
public final class Copies {

  /** Larger tensors are not read: norms and biases tell as much, for less. */
  private static final long MOST_BYTES = 1 << 20;

  private Copies() {}

  /**
   * The names of small tensors whose copies differ in a byte.
   *
   * @param copies views of equal shape by name
   */
  public static List<String> different(Map<String, List<TensorView>> copies) {
    List<String> names = new ArrayList<>();
    try (SourceFiles files = new SourceFiles()) {
      copies.forEach(
          (name, views) -> {
            if (views.get(0).byteSize() <= MOST_BYTES && !same(views, files)) {
              names.add(name);
            }
          });
    }
    return names;
  }

  private static boolean same(List<TensorView> views, SourceFiles files) {
    ByteBuffer first = bytes(views.get(0), files);
    return views.stream().skip(1).allMatch(view -> bytes(view, files).equals(first));
  }

  private static ByteBuffer bytes(TensorView view, SourceFiles files) {
    ByteBuffer bytes = ByteBuffer.allocateDirect((int) view.byteSize());
    view.read(0, bytes, files);
    return bytes.flip();
  }
}
