package io.sparkmm.train.generate;

import org.bytedeco.pytorch.Tensor;

/** A batch of texts that is being continued token by token. Belongs to one thread. */
public interface Decoding extends AutoCloseable {
  /**
   * Logits of the next token of each row, {@code [B, V]}; valid until the next {@link #feed} or
   * {@link #close}.
   */
  Tensor logits();

  /** Appends one token to each row. */
  void feed(long[] ids);

  @Override
  void close();
}
