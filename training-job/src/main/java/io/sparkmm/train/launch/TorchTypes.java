package io.sparkmm.train.launch;

import io.sparkmm.conf.DType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Types of the configuration as libtorch knows them. */
final class TorchTypes {
  private TorchTypes() {}

  static ScalarType of(DType type) {
    return switch (type) {
      case BF16 -> ScalarType.BFloat16;
      case FP16 -> ScalarType.Half;
      case FP32 -> ScalarType.Float;
      case FP64 -> ScalarType.Double;
    };
  }
}
