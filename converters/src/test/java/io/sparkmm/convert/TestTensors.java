package io.sparkmm.convert;

import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.safetensors.SafetensorsWriter;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tensors of I32 in which every element tells which tensor and which place it comes from. */
public final class TestTensors {

  private static final int STEP = 1_000_000;

  private TestTensors() {}

  /**
   * Writes tensors of the given shapes to one file, the n-th with the numbers from n million on.
   */
  public static Map<String, TensorView> write(Path file, Map<String, List<Long>> shapes) {
    List<TensorSpec> specs = new ArrayList<>();
    shapes.forEach((name, shape) -> specs.add(new TensorSpec(name, DType.I32, shape)));
    try (SafetensorsWriter out = SafetensorsWriter.create(file, specs, SafetensorsWriter.TORCH)) {
      for (int n = 0; n < specs.size(); n++) {
        int count = (int) specs.get(n).elements();
        ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
          bytes.putInt(n * STEP + i);
        }
        out.append(specs.get(n).name(), bytes.flip());
      }
      out.commit();
    }
    Map<String, TensorView> views = new LinkedHashMap<>();
    try (SafetensorsFile in = SafetensorsFile.open(file)) {
      shapes.keySet().forEach(name -> views.put(name, TensorView.of(in.tensor(name))));
    }
    return views;
  }

  /** All tensors of a file. */
  public static Map<String, TensorView> read(Path file) {
    Map<String, TensorView> views = new LinkedHashMap<>();
    try (SafetensorsFile in = SafetensorsFile.open(file)) {
      for (TensorRef tensor : in.tensors()) {
        views.put(tensor.name(), TensorView.of(tensor));
      }
    }
    return views;
  }

  /** The row-major bytes of a tensor. */
  public static byte[] bytes(TensorView view) {
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) view.byteSize());
    try (SourceFiles files = new SourceFiles()) {
      view.read(0, buffer, files);
    }
    byte[] bytes = new byte[buffer.flip().remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** The elements of a tensor written by {@link #write}, counted from 0 in their tensor. */
  public static List<Integer> places(TensorView view) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes(view)).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> result = new ArrayList<>();
    while (buffer.hasRemaining()) {
      result.add(buffer.getInt() % STEP);
    }
    return result;
  }

  /**
   * The rows of tensors, as the letter of their tensor and the number in it, such as {@code q3}.
   */
  public static List<String> rows(TensorView view, Map<Integer, String> letters, int rowLength) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes(view)).order(ByteOrder.LITTLE_ENDIAN);
    List<String> result = new ArrayList<>();
    for (int row = 0; row < buffer.capacity() / 4 / rowLength; row++) {
      int value = buffer.getInt(4 * row * rowLength);
      result.add(letters.getOrDefault(value / STEP, "?") + value % STEP / rowLength);
    }
    return result;
  }

  /** The folder of golden files, wherever the tests were started. */
  public static Path golden(String name) {
    Path here = Path.of("src/test/golden");
    return (Files.isDirectory(here) ? here : Path.of("converters").resolve(here)).resolve(name);
  }
}
