package io.sparkmm.train.nn;

import io.sparkmm.train.torch.Constants;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Activation functions, by the names that configuration files use. */
public enum Activation {
  /** {@code x sigmoid(x)}. */
  SILU {
    @Override
    public Tensor apply(Tensor x) {
      return torch.silu(x);
    }
  },
  /** {@code x (1 + erf(x / sqrt 2)) / 2}. */
  GELU {
    @Override
    public Tensor apply(Tensor x) {
      return torch.gelu(x);
    }
  },
  /** {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}. */
  GELU_PYTORCH_TANH {
    @Override
    public Tensor apply(Tensor x) {
      return torch.gelu(x, "tanh");
    }
  },
  /** {@code x sigmoid(1.702 x)}. */
  QUICK_GELU {
    @Override
    public Tensor apply(Tensor x) {
      return x.mul(x.mul(QUICK_GELU_FACTOR).sigmoid());
    }
  };

  private static final Scalar QUICK_GELU_FACTOR = Constants.scalar(1.702);

  /** Applies the function to each element. */
  public abstract Tensor apply(Tensor x);

  /** Name in configuration files, for example {@code quick_gelu}. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The function that a configuration file names.
   *
   * @throws IllegalArgumentException if no function has the name
   */
  public static Activation named(String name) {
    for (Activation activation : values()) {
      if (activation.configName().equals(name)) {
        return activation;
      }
    }
    throw new IllegalArgumentException(
        "Cannot use activation "
            + name
            + ": known are "
            + Arrays.stream(values())
                .map(Activation::configName)
                .collect(Collectors.joining(", ")));
  }
}
