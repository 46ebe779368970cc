package io.sparkmm.train.recompute;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.ModuleList;
import io.sparkmm.train.testing.LiveMemory;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Memory that recomputation saves; runs in a process of its own. */
class RecomputeMemoryCases {
  private static final int WIDTH = 8;

  /** x + tanh(W x + x). */
  private static final class Block extends Module {
    private final Linear inner = child("inner", new Linear(WIDTH, WIDTH, true));

    Tensor forward(Tensor x) {
      return call(in -> in[0].add(inner.forward(in[0]).add(in[0]).tanh()), x);
    }
  }

  /** Layers that each keep large activations for the backward pass. */
  private static final class Wide extends Module {
    private final ModuleList<Block> layers;

    Wide(int count) {
      layers = child("layers", new ModuleList<>(count, i -> new Block()));
      nameParameters();
      namedParameters()
          .values()
          .forEach(parameter -> parameter.setData(torch.full(parameter.shape(), new Scalar(0.1))));
    }

    Tensor forward(Tensor x) {
      return call(
          in -> {
            Tensor hidden = in[0];
            for (Block layer : layers.elements()) {
              hidden = layer.forward(hidden);
            }
            return hidden;
          },
          x);
    }
  }

  @Test
  void onlyInputsOfRecomputedModulesStayInMemory() {
    int layers = 8;
    long rows = 200_000;
    long activation = rows * WIDTH * Float.BYTES;
    long[] peaks = new long[2];
    for (int i = 0; i < 2; i++) {
      Wide net = new Wide(layers);
      if (i == 1) {
        Recompute.apply(
            net,
            IntStream.range(0, layers).mapToObj(n -> "layers." + n).toList(),
            Recompute.Form.NON_REENTRANT);
      }
      LiveMemory.Peak peak = LiveMemory.Peak.of(net);
      try (TensorScope step = TensorScope.open()) {
        Tensor x = torch.rand(rows, WIDTH);
        long before = LiveMemory.bytes();
        Tensor loss = net.forward(x).sum();
        peak.sample();
        loss.backward();
        peaks[i] = peak.bytes() - before;
      }
    }
    // One output per layer is left, of at least three tensors, and one layer is run again.
    assertThat(peaks[0]).isGreaterThan(3 * layers * activation);
    assertThat(peaks[1]).isLessThan((layers + 10) * activation);
  }
}
