package io.sparkmm.convert.dcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Golden directories and what they must hold. */
final class DcpFolders {

  private DcpFolders() {}

  static Path golden(String name) {
    Path here = Path.of("src/test/golden/dcp");
    return (Files.isDirectory(here) ? here : Path.of("converters").resolve(here)).resolve(name);
  }

  static JsonNode expected(String name) {
    try {
      return new ObjectMapper().readTree(golden(name).resolve("expected.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy that may be damaged. */
  static Path copy(String name, Path target) {
    try (Stream<Path> files = Files.list(golden(name))) {
      Files.createDirectories(target);
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(TensorContent content) {
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) content.byteSize());
    try (SourceFiles files = new SourceFiles()) {
      content.read(0, buffer, files);
    }
    byte[] bytes = new byte[buffer.flip().remaining()];
    buffer.get(bytes);
    return bytes;
  }

  static String hex(TensorContent content) {
    return HexFormat.of().formatHex(bytes(content));
  }

  static List<Long> shape(JsonNode tensor) {
    return StreamSupport.stream(tensor.get("shape").spliterator(), false)
        .map(JsonNode::asLong)
        .toList();
  }
}
