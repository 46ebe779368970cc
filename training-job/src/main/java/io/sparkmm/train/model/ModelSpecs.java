package io.sparkmm.train.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.model.qwen2vl.Qwen2VlModel;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The model families that can be trained, by name. A new family is one more line here. */
public final class ModelSpecs {
  private static final ModelSpecs BUILT_IN = new ModelSpecs(List.of(Qwen2VlModel.SPEC));

  private final Map<String, ModelSpec> byId = new TreeMap<>();
  private final Map<String, ModelSpec> byModelType = new TreeMap<>();
  private final Map<String, ModelSpec> byArchitecture = new TreeMap<>();

  /**
   * Registers families.
   *
   * @throws ModelException if two have the same id, model type or architecture
   */
  public ModelSpecs(List<ModelSpec> specs) {
    for (ModelSpec spec : specs) {
      register(byId, spec, ModelSpec::id);
      register(byModelType, spec, ModelSpec::hfModelType);
      register(byArchitecture, spec, ModelSpec::hfArchitecture);
    }
  }

  /** The families of this project. */
  public static ModelSpecs builtIn() {
    return BUILT_IN;
  }

  /** All families, sorted by id. */
  public List<ModelSpec> all() {
    return List.copyOf(byId.values());
  }

  /**
   * The family of an id.
   *
   * @throws ModelException listing the known ids if there is none
   */
  public ModelSpec byId(String id) {
    ModelSpec spec = byId.get(id);
    if (spec == null) {
      throw new ModelException(
          ModelException.Kind.UNKNOWN_MODEL,
          "Cannot find model " + id + ": known model ids are " + byId.keySet());
    }
    return spec;
  }

  /**
   * The family of a {@code config.json}: that of its first architecture, else that of its model
   * type.
   *
   * @throws ModelException listing what is known if neither is
   */
  public ModelSpec byHfConfig(JsonNode config) {
    String architecture = config.path("architectures").path(0).asText("");
    String modelType = config.path("model_type").asText("");
    ModelSpec spec = byArchitecture.getOrDefault(architecture, byModelType.get(modelType));
    if (spec == null) {
      throw new ModelException(
          ModelException.Kind.UNKNOWN_MODEL,
          "Cannot find the model of a config.json with architecture '"
              + architecture
              + "' and model_type '"
              + modelType
              + "': known are architectures "
              + byArchitecture.keySet()
              + " and model types "
              + byModelType.keySet());
    }
    return spec;
  }

  private static void register(
      Map<String, ModelSpec> specs, ModelSpec spec, Function<ModelSpec, String> name) {
    ModelSpec other = specs.putIfAbsent(name.apply(spec), spec);
    if (other != null) {
      throw new ModelException(
          ModelException.Kind.UNKNOWN_MODEL,
          "Cannot register "
              + spec.modelClass().getName()
              + " as "
              + name.apply(spec)
              + ": "
              + other.modelClass().getName()
              + " has that name");
    }
  }
}
