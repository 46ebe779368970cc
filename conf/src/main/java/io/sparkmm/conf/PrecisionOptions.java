package io.sparkmm.conf;

import java.util.Optional;

/**
 * Number type of a sub-model.
 *
 * @param fp16 {@code fp16}
 * @param bf16 {@code bf16}
 * @param paramsDtype {@code params_dtype}
 */
public record PrecisionOptions(boolean fp16, boolean bf16, Optional<DType> paramsDtype)
    implements KeyGroup {

  static PrecisionOptions read(ConfigSection section) {
    PrecisionOptions read =
        new PrecisionOptions(
            section.flag("fp16", false),
            section.flag("bf16", false),
            section.optionalDType("params_dtype"));
    if (read.fp16 && read.bf16) {
      section.report("fp16", "cannot be true together with bf16 = true");
    }
    return read;
  }
}
