package io.sparkmm.convert.command;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.torch.TorchFile;
import io.sparkmm.convert.torch.TorchTensor;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What lies in the files of the ranks, read from disk. */
final class RankTensors {

  /** A tensor of a file. */
  record Found(DType dtype, List<Long> shape, byte[] bytes) {

    String sha() {
      return RankTensors.sha(bytes);
    }
  }

  private RankTensors() {}

  /** All files of a folder with this suffix, by their names relative to it. */
  static SortedMap<String, Path> files(Path folder, String suffix) {
    SortedMap<String, Path> result = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(folder)) {
      paths
          .filter(path -> path.toString().endsWith(suffix))
          .forEach(path -> result.put(folder.relativize(path).toString(), path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return result;
  }

  /** The tensors of a file by key of the file, then by name. */
  static SortedMap<String, SortedMap<String, Found>> read(Path file) {
    SortedMap<String, SortedMap<String, Found>> result = new TreeMap<>();
    TorchFile torch = TorchFile.open(file);
    try (SourceFiles files = new SourceFiles()) {
      for (Object key : torch.dict().entries().keySet()) {
        if (key instanceof String text && text.startsWith("model")) {
          SortedMap<String, Found> tensors = new TreeMap<>();
          torch
              .tensors(text)
              .forEach((name, tensor) -> tensors.put(name, found(name, tensor, files)));
          result.put(text, tensors);
        }
      }
    }
    return result;
  }

  /** The tensors of a file without virtual stages. */
  static Map<String, Found> model(Path file) {
    return read(file).get("model");
  }

  private static Found found(String name, TorchTensor tensor, SourceFiles files) {
    TensorView view = TensorView.of(tensor.stored(name));
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) view.byteSize());
    view.read(0, buffer, files);
    byte[] bytes = new byte[buffer.flip().remaining()];
    buffer.get(bytes);
    return new Found(view.dtype(), view.shape(), bytes);
  }

  static String sha(String text) {
    return sha(text.getBytes(StandardCharsets.UTF_8));
  }

  static String sha(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
