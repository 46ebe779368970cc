package io.sparkmm.convert.torch;

import io.sparkmm.convert.view.StoredChecksum;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A block of bytes that tensors are views of.
 *
 * @param key its record is {@code data/<key>}
 * @param type the type of its elements; {@code uint8} where it has none
 * @param file the file
 * @param begin absolute offset in the file of the first byte
 * @param byteSize number of bytes
 * @param crc32 checksum of these bytes as the archive tells it; 0 when its writer left it out
 */
public record TorchStorage(
    String key, TorchType type, Path file, long begin, long byteSize, long crc32) {

  /** The checksum as input of a conversion; empty when the archive tells none. */
  Optional<StoredChecksum> checksum() {
    return crc32 == 0 ? Optional.empty() : Optional.of(new StoredChecksum(begin, byteSize, crc32));
  }
}
