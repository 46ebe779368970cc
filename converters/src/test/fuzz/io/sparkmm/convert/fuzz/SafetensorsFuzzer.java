package io.sparkmm.convert.fuzz;

import io.sparkmm.convert.safetensors.SafetensorsException;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import java.nio.ByteBuffer;

/** Any bytes are read or refused as a safetensors file; no tensor lies outside of them. */
public final class SafetensorsFuzzer {

  private SafetensorsFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    try (SafetensorsFile file = SafetensorsFile.open(FuzzFile.of(bytes))) {
      for (TensorRef tensor : file.tensors()) {
        FuzzFile.check(
            tensor.begin() >= 0 && tensor.end() <= bytes.length, "a tensor lies outside");
        int last = (int) Math.min(tensor.byteSize(), 1);
        file.read(tensor.name(), tensor.byteSize() - last, ByteBuffer.allocate(last));
      }
    } catch (SafetensorsException expected) {
      FuzzFile.check(expected.getMessage().startsWith("Cannot "), "a message is unclear");
    }
  }
}
