package io.sparkmm.train.model.qwen2vl;

import static org.bytedeco.pytorch.global.torch.empty;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.Constants;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;

/** Keys (after rotation) and values of all decoder layers for the tokens seen so far. */
final class KvCache implements AutoCloseable {
  private final Tensor[] keys;
  private final Tensor[] values;
  private final long capacity;
  private long length;

  KvCache(int layers, long capacity) {
    this.keys = new Tensor[layers];
    this.values = new Tensor[layers];
    this.capacity = capacity;
  }

  /** Tokens per row whose keys and values are stored for all layers. */
  long length() {
    return length;
  }

  /** Ends a pass over {@code tokens} new tokens per row. */
  void advance(long tokens) {
    length += tokens;
  }

  /** Stores new keys {@code [B, kvHeads, n, d]} of a layer and returns all its keys. */
  Tensor appendKeys(int layer, Tensor added) {
    return append(keys, layer, added);
  }

  /** Stores new values of a layer and returns all its values. */
  Tensor appendValues(int layer, Tensor added) {
    return append(values, layer, added);
  }

  private Tensor append(Tensor[] store, int layer, Tensor added) {
    if (store[layer] == null) {
      long[] shape = {added.size(0), added.size(1), capacity, added.size(3)};
      TensorOptions options =
          new TensorOptions(added.scalar_type()).device(new DeviceOptional(added.device()));
      store[layer] = TensorScope.keep(empty(shape, options, Constants.NO_FORMAT));
    }
    long tokens = added.size(2);
    store[layer].narrow(2, length, tokens).copy_(added);
    return store[layer].narrow(2, 0, length + tokens);
  }

  @Override
  public void close() {
    for (int layer = 0; layer < keys.length; layer++) {
      if (keys[layer] != null) {
        TensorScope.release(keys[layer]);
        keys[layer] = null;
      }
      if (values[layer] != null) {
        TensorScope.release(values[layer]);
        values[layer] = null;
      }
    }
  }
}
