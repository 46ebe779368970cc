package io.sparkmm.conf;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Where the workers compute, {@code --device}. */
public enum TrainDevice implements NamedValue {
  /** Host memory and processors. */
  CPU("cpu"),
  /** Ascend NPUs, one for each worker, as Spark assigns them. */
  NPU("npu");

  private static final List<String> OF_NVIDIA = List.of("cuda", "gpu", "nvidia");

  private final String text;

  TrainDevice(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }

  static Optional<TrainDevice> read(ConfigSection section, String key) {
    Optional<String> text = section.optionalText(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<TrainDevice> device = NamedValue.find(TrainDevice.class, text.get());
    if (device.isPresent()) {
      return device;
    }
    String word = text.get().split(":", 2)[0].toLowerCase(Locale.ROOT);
    if (OF_NVIDIA.contains(word)) {
      section.report(key, "is not supported: use npu (Ascend) or cpu");
    } else if (NamedValue.find(TrainDevice.class, word).isPresent()) {
      section.report(
          key,
          "must be "
              + word
              + " without a number: Spark gives each worker its device"
              + " (spark.task.resource.npu.amount)");
    } else {
      section.reportUnknownValue(key, text.get(), NamedValue.texts(TrainDevice.class));
    }
    return Optional.empty();
  }
}
