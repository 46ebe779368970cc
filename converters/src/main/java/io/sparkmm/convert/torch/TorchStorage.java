package io.sparkmm.convert.torch;

import java.nio.file.Path;

/**
 * A block of bytes that tensors are views of.
 *
 * @param key its record is {@code data/<key>}
 * @param type the type of its elements; {@code uint8} where it has none
 * @param file the file
 * @param begin absolute offset in the file of the first byte
 * @param byteSize number of bytes
 */
public record TorchStorage(String key, TorchType type, Path file, long begin, long byteSize) {}
