package io.sparkmm.train.nn;

import io.sparkmm.train.torch.FloatTypes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What a linear layer adds to its result while its own weight stays as it is: {@code (alpha / r) *
 * B(A(dropout(x)))} with the trained factors {@code A [r, in]} and {@code B [out, r]} (LoRA, Hu and
 * others, 2021). {@code B} starts at 0, so that the layer begins with its own result.
 *
 * <p>The branch is computed in the type of the factors, its result added in that of the layer's.
 */
public final class LowRankAdapter {
  private static final String A = "lora_A";
  private static final String B = "lora_B";
  private static final String DROPOUT = "lora_dropout";

  private final Factor first;
  private final Factor second;
  private final Dropout dropout;
  private final double scale;
  private boolean enabled = true;

  /**
   * Size of an adapter.
   *
   * @param rank r
   * @param alpha the branch is multiplied by {@code alpha / rank}
   * @param dropout probability that an element of the input is left out of the branch
   */
  public record Settings(int rank, double alpha, double dropout) {
    public Settings {
      if (rank < 1 || !(alpha > 0) || !(dropout >= 0 && dropout < 1)) {
        throw new IllegalArgumentException(
            String.format(
                "Cannot make an adapter of rank %d, alpha %s, dropout %s: rank and alpha must be"
                    + " positive, dropout in [0, 1)",
                rank, alpha, dropout));
      }
    }

    /** What the branch is multiplied by. */
    public double scale() {
      return alpha / rank;
    }
  }

  /** A matrix under the name of the adapter that it belongs to. */
  private static final class Factor extends Module {
    private final Linear matrix;

    Factor(long in, long out, Parameter.Role role) {
      matrix = child("default", new Linear(in, out, role));
    }

    Tensor forward(Tensor x) {
      return matrix.forward(FloatTypes.cast(x, FloatTypes.of(matrix.weight().value())));
    }
  }

  LowRankAdapter(long in, long out, Settings settings) {
    first = new Factor(in, settings.rank(), Parameter.Role.ADAPTER_IN);
    second = new Factor(settings.rank(), out, Parameter.Role.ADAPTER_OUT);
    dropout = new Dropout(settings.dropout());
    scale = settings.scale();
  }

  /** Modules of the layer that the adapter is added to. */
  Map<String, Module> children() {
    Map<String, Module> all = new LinkedHashMap<>();
    all.put(A, first);
    all.put(B, second);
    all.put(DROPOUT, dropout);
    return all;
  }

  /** Switches the branch on, as it is at first, or off. */
  public void enable(boolean on) {
    enabled = on;
  }

  /** The result of a layer for {@code x} with that of the branch. */
  Tensor addTo(Tensor result, Tensor x) {
    if (!enabled) {
      return result;
    }
    Tensor branch = second.forward(first.forward(dropout.forward(x))).mul(new Scalar(scale));
    return FloatTypes.cast(result.add(branch), FloatTypes.of(result));
  }
}
