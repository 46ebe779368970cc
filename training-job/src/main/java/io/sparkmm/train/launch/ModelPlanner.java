package io.sparkmm.train.launch;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.LoraArguments;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.pattern.ModuleSelection;
import io.sparkmm.train.checkpoint.StoredRun;
import io.sparkmm.train.lora.LoraSettings;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.model.qwen2vl.Qwen2VlConfigParser;
import io.sparkmm.train.weights.HfWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns {@code model.json} and {@code --load} into a {@link ModelPlan}; collects what is wrong. */
final class ModelPlanner {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPlanner.class);
  private static final String QWEN2_VL = "qwen2vl";

  private final TrainSettings settings;
  private final ModelConfig model;
  private final String file;
  private final Optional<StoredRun> loaded;
  private final ConfigProblems problems;

  /**
   * Makes the planner.
   *
   * @param loaded checkpoint that {@code --load} names
   */
  ModelPlanner(TrainSettings settings, Optional<StoredRun> loaded, ConfigProblems problems) {
    this.settings = settings;
    this.loaded = loaded;
    this.model = settings.configuration().model();
    this.file = settings.configuration().launch().sources().mmModel().orElse("model");
    this.problems = problems;
  }

  /** The plan, or nothing when a problem was added. */
  Optional<ModelPlan> plan(Vocabulary vocabulary) {
    int before = problems.count();
    Optional<JsonNode> config =
        model.initFromHfPath().isPresent()
            ? fromHuggingFace(Path.of(model.initFromHfPath().get()))
            : fromModelFile(vocabulary);
    BaseWeights weights = weights();
    if (problems.count() > before || config.isEmpty()) {
      return Optional.empty();
    }
    checkVocabulary(config.get(), vocabulary);
    if (problems.count() > before) {
      return Optional.empty();
    }
    boolean preferences = DpoPlanner.isAskedFor(settings.configuration());
    try {
      ModelPlan plan =
          new ModelPlan(
              family(config.get()),
              config.get().toString(),
              text(weights.huggingFace()),
              text(weights.checkpoint()),
              model.initMethod(),
              settings.weightType(),
              model.visionEncoder().freeze(),
              model.visionProjector().isFrozen(preferences),
              settings.configuration().launch().precision().initModelWithMetaDevice(),
              RecomputePlan.of(settings.configuration()),
              preferences ? withoutDropout(lora()) : lora());
      checkModules(plan);
      return problems.count() > before ? Optional.empty() : Optional.of(plan);
    } catch (ModelException e) {
      problems.add(file, "", "", e.getMessage());
      return Optional.empty();
    }
  }

  /** The family that the model file names, else the one of the configuration. */
  private String family(JsonNode config) {
    return model.modelId().orElseGet(() -> ModelSpecs.load().byHfConfig(config).id());
  }

  private void checkModules(ModelPlan plan) {
    if (!Programs.isBuiltIn(settings.program())) {
      // Only the program knows its model; the workers check the patterns then.
      return;
    }
    TrainableModel declared = plan.declare();
    checkAdapters(plan);
    ModuleSelection wrapped = settings.sharding().select(declared);
    ModuleSelection ignored = settings.sharding().selectIgnored(declared);
    addErrors("sub_modules_to_wrap", wrapped);
    addErrors("ignored_modules", ignored);
    addErrors("recompute_modules", plan.recompute().select(declared));
    for (String path : wrapped.paths()) {
      for (String other : ignored.paths()) {
        if (path.equals(other) || path.startsWith(other + ".")) {
          problems.add(
              settings.fsdp2File(),
              "ignored_modules",
              other,
              "overlaps with "
                  + path
                  + " of sub_modules_to_wrap; a module is either sharded or ignored");
        }
      }
    }
  }

  private void checkAdapters(ModelPlan plan) {
    try {
      plan.outline();
    } catch (ModelException e) {
      problems.add(
          LaunchArguments.FILE,
          "--lora-target-modules",
          String.join(" ", plan.lora().targets()),
          e.getMessage());
    }
  }

  private void addErrors(String key, ModuleSelection selection) {
    for (ModuleSelection.Remark error : selection.errors()) {
      problems.add(
          settings.fsdp2File(), key + "[" + error.index() + "]", error.pattern(), error.message());
    }
  }

  /** Weights that the model is made with; a checkpoint of a run is loaded over them. */
  private BaseWeights weights() {
    LaunchArguments launch = settings.configuration().launch();
    BaseWeights named;
    if (launch.lora().loraTargetModules().isEmpty()) {
      if (launch.lora().loadBaseModel().isPresent()) {
        problems.add(
            LaunchArguments.FILE,
            "--load-base-model",
            launch.lora().loadBaseModel().get(),
            "has a meaning with --lora-target-modules only; use --load");
      }
      named = new BaseWeights(CheckpointPlanner.huggingFace(launch.checkpoint()), Optional.empty());
    } else {
      named = BaseWeights.underAdapters(launch, loaded, problems);
    }
    if (named.found()) {
      return named;
    }
    Optional<Path> initial = model.initFromHfPath().filter(this::hasWeights).map(Path::of);
    if (initial.isEmpty() && !launch.lora().loraTargetModules().isEmpty()) {
      LOG.warn(
          "ADAPTERS ARE TRAINED OVER RANDOM WEIGHTS: neither --load nor --load-base-model names"
              + " the weights of a model");
    }
    return new BaseWeights(initial, Optional.empty());
  }

  private LoraSettings lora() {
    LoraArguments given = settings.configuration().launch().lora();
    return given.loraTargetModules().isEmpty()
        ? LoraSettings.NONE
        : new LoraSettings(
            given.loraTargetModules(),
            given.loraR(),
            given.loraAlpha(),
            given.loraDropout(),
            given.loraRegisterForwardHook());
  }

  private static LoraSettings withoutDropout(LoraSettings lora) {
    if (lora.dropout() > 0) {
      LOG.warn("--lora-dropout {} is taken as 0: preferences are trained without", lora.dropout());
    }
    return lora.withoutDropout();
  }

  private static String text(Optional<Path> path) {
    return path.map(found -> found.toAbsolutePath().toString()).orElse("");
  }

  private boolean hasWeights(String folder) {
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      boolean found = files.anyMatch(file -> file.toString().endsWith(".safetensors"));
      if (!found) {
        LOG.warn("{} holds no weights: training starts from random ones", folder);
      }
      return found;
    } catch (IOException e) {
      // The missing folder is reported where its configuration is read.
      return false;
    }
  }

  private Optional<JsonNode> fromHuggingFace(Path folder) {
    ModelSpecs specs = ModelSpecs.load();
    problems.addAll(model.checkModelId(file, specs.ids(), specs.failed()));
    try {
      return Optional.of(HfWeights.readConfig(folder));
    } catch (ModelException e) {
      problems.add(file, "init_from_hf_path", folder.toString(), e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<JsonNode> fromModelFile(Vocabulary vocabulary) {
    List<ConfigProblem> unknown =
        model.checkModelId(file, List.of(QWEN2_VL), ModelSpecs.load().failed());
    problems.addAll(unknown);
    if (!unknown.isEmpty()) {
      return Optional.empty();
    }
    return new Qwen2VlModelFile(model, file, problems)
        .config(vocabulary)
        .map(Qwen2VlConfigParser::toHfJson);
  }

  private void checkVocabulary(JsonNode config, Vocabulary vocabulary) {
    int rows =
        config.path("vocab_size").asInt(config.path("text_config").path("vocab_size").asInt());
    if (rows < vocabulary.size()) {
      problems.add(
          file,
          "text_decoder.vocab_size",
          Integer.toString(rows),
          "must be at least " + vocabulary.size() + ", the number of ids of the tokenizer");
    }
    checkToken(config, "image_token_id", "img_context_token_id", vocabulary.media().image());
    checkToken(
        config, "vision_start_token_id", "vision_start_token_id", vocabulary.media().start());
  }

  private void checkToken(JsonNode config, String key, String modelKey, int expected) {
    int given = config.path(key).asInt(expected);
    if (given != expected) {
      problems.add(
          file,
          modelKey,
          Integer.toString(given),
          "must be " + expected + ", the id of that token in the tokenizer of the data file");
    }
  }
}
