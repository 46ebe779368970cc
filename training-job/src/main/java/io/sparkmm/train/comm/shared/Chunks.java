package io.sparkmm.train.comm.shared;

/**
 * A number of bytes cut into slots.
 *
 * @param bytes all bytes
 * @param slotBytes bytes of all chunks but the last
 */
record Chunks(long bytes, int slotBytes) {
  long count() {
    return (bytes + slotBytes - 1) / slotBytes;
  }

  long start(long index) {
    return index * slotBytes;
  }

  long length(long index) {
    return Math.min(slotBytes, bytes - start(index));
  }
}
