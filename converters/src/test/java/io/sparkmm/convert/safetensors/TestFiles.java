package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSource;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** Makes and reads files for tests, without the code under test where it matters. */
public final class TestFiles {

  private TestFiles() {}

  /** The folder of golden files, wherever the tests were started. */
  static Path golden(String name) {
    Path here = Path.of("src/test/golden");
    return (Files.isDirectory(here) ? here : Path.of("converters").resolve(here)).resolve(name);
  }

  /** A file with this header text and so many zero bytes of data. */
  public static Path raw(Path path, String json, int dataBytes) {
    return raw(path, json.getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  static Path raw(Path path, byte[] json, int dataBytes) {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    return bytes(path, bytes.array());
  }

  static Path bytes(Path path, byte[] bytes) {
    try {
      return Files.write(path, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes each tensor with the bytes that {@code content} gives. */
  public static Path write(
      Path path, List<TensorSpec> specs, Function<TensorSpec, byte[]> content) {
    try (SafetensorsWriter out = SafetensorsWriter.create(path, specs, Map.of())) {
      specs.forEach(spec -> out.append(spec.name(), ByteBuffer.wrap(content.apply(spec))));
      out.commit();
    }
    return path;
  }

  /** Bytes that depend on the name and the place, so that mixed up tensors are noticed. */
  public static byte[] pattern(TensorSpec spec) {
    byte[] bytes = new byte[Math.toIntExact(spec.byteSize())];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (spec.name().hashCode() * 31 + i * 7);
    }
    return bytes;
  }

  /** All bytes of a tensor, by a positional read. */
  static byte[] content(TensorSource source, String name) {
    TensorRef tensor = source.tensor(name);
    ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(tensor.byteSize()));
    source.read(name, 0, target);
    return target.array();
  }

  static byte[] toArray(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** Names of all files of a folder, hidden ones included, sorted. */
  static List<String> names(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For property tests, which know no {@code @TempDir}. */
  static <T> T inTemporaryFolder(Function<Path, T> action) {
    try {
      Path folder = Files.createTempDirectory("safetensors");
      try {
        return action.apply(folder);
      } finally {
        try (Stream<Path> paths = Files.walk(folder)) {
          for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(path);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
