package io.sparkmm.convert.plan;

/**
 * The range of a file that takes the bytes of a tensor.
 *
 * @param name name for messages and for the manifest
 * @param offset absolute offset of the first byte
 * @param byteSize number of bytes
 */
public record TensorPlace(String name, long offset, long byteSize) {}
