package io.sparkmm.convert.execute;

import java.nio.ByteBuffer;

/** The memory of one copying thread. */
final class Buffers {

  private final ByteBuffer chunk;
  private final ByteBuffer element = ByteBuffer.allocateDirect(Long.BYTES);

  Buffers(int chunkBytes) {
    this.chunk = ByteBuffer.allocateDirect(chunkBytes + Chunks.BLOCK).alignedSlice(Chunks.BLOCK);
  }

  /** Empty, its memory aligned for direct writes. */
  ByteBuffer chunk(int length) {
    return chunk.clear().limit(length);
  }

  /** Room for one element of any type. */
  ByteBuffer element(int bytes) {
    return element.clear().limit(bytes);
  }
}
