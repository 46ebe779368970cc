package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.generate.Decoding;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.nn.AttentionMask;
import io.sparkmm.train.nn.RotaryFrequencies;
import io.sparkmm.train.nn.RotaryTable;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Generation with cached keys and values. The token behind column {@code c} of a row has position
 * {@code c + 1 + delta} on all three axes, where delta says how far positions lag behind columns.
 */
final class Qwen2VlDecoding implements Decoding {
  private final Qwen2VlModel model;
  private final KvCache cache;
  private final Device device;
  private final int rows;
  private final int promptColumns;
  private final long[] promptMask;
  private final boolean padded;
  private final long[] deltas;
  private Tensor logits;

  Qwen2VlDecoding(Qwen2VlModel model, ModelInputs prompts, int maxNewTokens) {
    HostBatch host = prompts.batch().host();
    this.model = model;
    this.rows = host.rows();
    this.promptColumns = host.columns();
    this.promptMask = host.attentionMask();
    this.padded = Arrays.stream(promptMask).anyMatch(kept -> kept != 1);
    this.deltas = prompts.plan().ropeDeltas();
    this.device = prompts.batch().inputIds().device();
    device.retainReference();
    this.cache = new KvCache(model.config().text().layers(), (long) promptColumns + maxNewTokens);
    this.logits = prefill(prompts, host);
  }

  private Tensor prefill(ModelInputs prompts, HostBatch host) {
    long[] last = new long[rows];
    for (int row = 0; row < rows; row++) {
      last[row] = (row + 1L) * promptColumns - 1;
      if (promptMask[(int) last[row]] != 1) {
        throw new ModelException(
            ModelException.Kind.BATCH,
            "Cannot continue sample "
                + host.sampleIds().get(row)
                + ": its prompt is padded on the right; pad prompts on the left");
      }
    }
    try (TensorScope scope = TensorScope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor result = model.run(prompts, Optional.of(prompts.upload(last)), Optional.of(cache));
      cache.advance(promptColumns);
      return TensorScope.keep(result);
    }
  }

  @Override
  public Tensor logits() {
    return logits;
  }

  @Override
  public void feed(long[] ids) {
    if (ids.length != rows) {
      throw new IllegalArgumentException(
          "Cannot feed " + ids.length + " tokens to " + rows + " rows");
    }
    try (TensorScope scope = TensorScope.open();
        NoGradGuard guard = new NoGradGuard()) {
      ScalarType type = FloatTypes.of(logits);
      DecoderPass pass = new DecoderPass(rope(type), mask(type), Optional.of(cache));
      Tensor next = model.step(HostTensors.of(ids, rows, 1).to(device, ScalarType.Long), pass);
      cache.advance(1);
      TensorScope.release(logits);
      logits = TensorScope.keep(next);
    }
  }

  private RotaryTable rope(ScalarType activations) {
    Qwen2VlTextConfig text = model.config().text();
    ScalarType type = FloatTypes.atLeastFloat32(activations);
    RotaryFrequencies frequencies = RotaryFrequencies.of(text.headSize(), text.ropeTheta(), type);
    int count = frequencies.count();
    double[] angles = new double[rows * count];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < count; i++) {
        angles[row * count + i] = frequencies.angle(cache.length() + deltas[row], i);
      }
    }
    return RotaryTable.of(angles, new long[] {rows, 1, 1, text.headSize()}, type, device);
  }

  private AttentionMask mask(ScalarType type) {
    if (!padded) {
      return AttentionMask.none();
    }
    int columns = Math.toIntExact(cache.length() + 1);
    long[] keep = new long[rows * columns];
    Arrays.fill(keep, 1);
    for (int row = 0; row < rows; row++) {
      System.arraycopy(promptMask, row * promptColumns, keep, row * columns, promptColumns);
    }
    return AttentionMask.kept(
        HostTensors.of(keep, rows, columns).to(device, ScalarType.Long), type);
  }

  @Override
  public void close() {
    cache.close();
    device.releaseReference();
    TensorScope.release(logits);
  }
}
