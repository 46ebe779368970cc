package io.sparkmm.train.lora;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.weights.HfWeights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** Adapters as the PEFT library loads them over the base model. */
public final class PeftFolder {
  /** File with the tensors. */
  public static final String TENSORS = "adapter_model.safetensors";

  /** File that tells what the tensors are. */
  public static final String CONFIG = "adapter_config.json";

  private static final String WRAPPER = "model.";

  private PeftFolder() {}

  /** Names of the parameters that are saved, in definition order. */
  public static List<String> parameters(TrainableModel model) {
    return model.namedParameters().values().stream()
        .filter(parameter -> parameter.role().isAdapter())
        .map(Parameter::name)
        .toList();
  }

  /**
   * Writes the folder, which appears as a whole or not at all.
   *
   * @param folder must not exist, or be empty
   * @param tensors the full tensor of each parameter; is called once per adapter's parameter in
   *     definition order
   * @param base folder of the base model, if the adapters were trained over one
   * @param options type and further files
   */
  public static void save(
      Path folder,
      Adapted adapted,
      Function<String, Tensor> tensors,
      Optional<String> base,
      HfWeights.SaveOptions options) {
    Map<String, Parameter> all = adapted.model().namedParameters();
    Map<String, Parameter> named = new LinkedHashMap<>();
    Map<String, String> sources = new LinkedHashMap<>();
    for (String name : parameters(adapted.model())) {
      named.put(LoraNames.inPeftFile(name), all.get(name));
      sources.put(LoraNames.inPeftFile(name), name);
    }
    HfWeights.saveTensors(
        folder,
        new HfWeights.NamedTensors(TENSORS, named, name -> tensors.apply(sources.get(name))),
        Map.of(CONFIG, config(adapted, base)),
        options);
  }

  /**
   * A model with adapters.
   *
   * @param settings what they were made by
   */
  public record Adapted(TrainableModel model, LoraSettings settings) {}

  private static ObjectNode config(Adapted adapted, Optional<String> base) {
    LoraSettings settings = adapted.settings();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("peft_type", "LORA");
    json.put("task_type", "CAUSAL_LM");
    json.put("base_model_name_or_path", base.orElse(null));
    json.put("inference_mode", true);
    json.put("r", settings.rank());
    if (settings.alpha() == Math.rint(settings.alpha())) {
      json.put("lora_alpha", Math.round(settings.alpha()));
    } else {
      json.put("lora_alpha", settings.alpha());
    }
    json.put("lora_dropout", settings.dropout());
    json.put("bias", "none");
    json.put("fan_in_fan_out", false);
    json.put("init_lora_weights", true);
    json.putNull("modules_to_save");
    // Releases of transformers differ in what stands in front of these paths.
    Lora.targets(adapted.model()).stream()
        .map(path -> path.startsWith(WRAPPER) ? path.substring(WRAPPER.length()) : path)
        .forEach(json.putArray("target_modules")::add);
    return json;
  }
}
