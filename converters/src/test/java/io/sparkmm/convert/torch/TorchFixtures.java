package io.sparkmm.convert.torch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.pickle.Pickles;
import io.sparkmm.convert.plan.TensorPlace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files for tests, and the elements of their tensors. */
final class TorchFixtures {

  private TorchFixtures() {}

  static Path golden(String name) {
    return Pickles.golden(name);
  }

  static byte[] bytes(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(Path path, byte[] bytes) {
    try {
      return Files.write(path, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the script that made a golden file says about its tensors. */
  static JsonNode expected(String name) {
    try {
      return new ObjectMapper().readTree(golden(name + ".json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The elements of a tensor in row-major order. */
  static byte[] elements(TorchTensor tensor) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (FileChannel channel = FileChannel.open(tensor.storage().file())) {
      if (tensor.elements() > 0) {
        gather(channel, tensor, 0, tensor.begin(), out);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void gather(
      FileChannel channel, TorchTensor tensor, int dim, long at, ByteArrayOutputStream out)
      throws IOException {
    List<Long> shape = tensor.shape();
    int itemBytes = tensor.type().byteSize();
    if (dim == shape.size()) {
      ByteBuffer item = ByteBuffer.allocate(itemBytes);
      assertThat(channel.read(item, at)).isEqualTo(itemBytes);
      out.writeBytes(item.array());
      return;
    }
    for (long i = 0; i < shape.get(dim); i++) {
      gather(channel, tensor, dim + 1, at + i * tensor.strides().get(dim) * itemBytes, out);
    }
  }

  /** Bytes that depend on the tensor and the place in it. */
  static byte pattern(TensorPlace tensor, long at) {
    return (byte) (tensor.name().hashCode() * 31 + at * 7);
  }

  static void pattern(TensorPlace tensor, long offset, ByteBuffer target) {
    for (long at = offset; target.hasRemaining(); at++) {
      target.put(pattern(tensor, at));
    }
  }
}
