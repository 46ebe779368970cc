package io.sparkmm.train.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.model.qwen2vl.Qwen2VlModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model families that can be trained, by name: those of this project, of which a new one is one
 * more line here, and those that a {@link ModelProvider} brings.
 */
public final class ModelSpecs {
  private static final Logger LOG = LoggerFactory.getLogger(ModelSpecs.class);
  private static final ModelSpecs BUILT_IN = new ModelSpecs(List.of(Qwen2VlModel.SPEC));

  private final Map<String, ModelSpec> byId = new TreeMap<>();
  private final Map<String, ModelSpec> byModelType = new TreeMap<>();
  private final Map<String, ModelSpec> byArchitecture = new TreeMap<>();
  private final Map<String, String> failed;

  /**
   * Registers families.
   *
   * @throws ModelException if two have the same id, model type or architecture
   */
  public ModelSpecs(List<ModelSpec> specs) {
    this(specs, Map.of());
  }

  private ModelSpecs(List<ModelSpec> specs, Map<String, String> failed) {
    this.failed = Collections.unmodifiableMap(new TreeMap<>(failed));
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

  /**
   * The families of this project and of the providers that the context class loader of this thread
   * sees. A provider that cannot be used takes nothing from the others; see {@link #failed}.
   *
   * @throws ModelException if two families have the same id, model type or architecture
   */
  public static ModelSpecs load() {
    List<ModelSpec> specs = new ArrayList<>(BUILT_IN.all());
    Map<String, String> failed = new TreeMap<>();
    Iterator<ModelProvider> providers = ServiceLoader.load(ModelProvider.class).iterator();
    boolean more = true;
    while (more) {
      try {
        more = providers.hasNext();
        if (more) {
          add(providers.next(), specs, failed);
        }
      } catch (ServiceConfigurationError e) {
        failed.put("a provider", String.valueOf(e.getCause() == null ? e : e.getCause()));
        LOG.debug("Cannot use a model provider", e);
      }
    }
    return new ModelSpecs(specs, failed);
  }

  private static void add(
      ModelProvider provider, List<ModelSpec> specs, Map<String, String> failed) {
    try {
      specs.addAll(provider.models());
    } catch (RuntimeException | LinkageError e) {
      failed.put(provider.getClass().getName(), e.toString());
      LOG.debug("Cannot use {}", provider.getClass(), e);
    }
  }

  /** Providers whose families could not be registered, with the cause. */
  public Map<String, String> failed() {
    return failed;
  }

  /** Ids of all families, sorted. */
  public Collection<String> ids() {
    return Collections.unmodifiableSet(byId.keySet());
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
          "Cannot find model "
              + id
              + ": known model ids are "
              + byId.keySet()
              + (failed.isEmpty() ? "" : "; could not be registered: " + failed));
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
