package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.lora.LoraSettings;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A model with adapters as {@code make_lora.py} makes them. */
record LoraCase(ParityModel model) {
  private static final long ADAPTER_FILL = 7000;

  LoraCase(Golden golden) {
    this(new ParityModel(golden.json()));
  }

  LoraSettings settings() {
    List<String> targets = new ArrayList<>();
    model.json().get("targets").forEach(word -> targets.add(word.asText()));
    return new LoraSettings(
        targets,
        model.json().get("rank").asInt(),
        model.json().get("alpha").asDouble(),
        0,
        List.of("word_embeddings", "input_layernorm", "final_layernorm"));
  }

  /** The model with adapters of the fill rule. */
  Qwen2VlModel net(ScalarType type) {
    Qwen2VlModel net = model.net(type);
    Lora.apply(net, settings());
    Map<String, Parameter> adapters = new TreeMap<>(net.namedParameters());
    adapters.values().removeIf(parameter -> !parameter.role().isAdapter());
    long index = 0;
    for (Parameter parameter : adapters.values()) {
      boolean first = parameter.role() == Parameter.Role.ADAPTER_IN;
      double scale = first ? Math.sqrt(3.0 / parameter.shape()[1]) : 0;
      float[] values =
          FillRule.floats(ADAPTER_FILL + index++, Math.toIntExact(parameter.elements()), scale);
      try (TensorScope scope = TensorScope.open()) {
        parameter.setData(HostTensors.of(values, parameter.shape()).to(type).clone());
      }
    }
    return net;
  }
}
