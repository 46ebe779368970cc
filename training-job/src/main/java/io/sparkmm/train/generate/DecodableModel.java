package io.sparkmm.train.generate;

import io.sparkmm.train.input.Batch;

/** A model that can continue texts. */
public interface DecodableModel {
  /**
   * Runs the prompts and keeps what their continuation needs, without gradients.
   *
   * @param prompts a batch whose rows all end with a real token: padding is on the left
   * @param maxNewTokens tokens per row that memory is reserved for
   */
  Decoding startDecoding(Batch prompts, int maxNewTokens);
}
