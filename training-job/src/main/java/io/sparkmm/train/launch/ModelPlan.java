package io.sparkmm.train.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.conf.DType;
import io.sparkmm.conf.InitMethod;
import io.sparkmm.train.fsdp.StateAccess;
import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.lora.LoraSettings;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.weights.HfCheckpoint;
import io.sparkmm.train.weights.HfWeights;
import io.sparkmm.train.weights.ShardWeights;
import io.sparkmm.train.weights.WeightSource;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The model of a run, as it travels to the workers.
 *
 * @param modelId id of the family among {@link ModelSpecs}
 * @param configJson content of a {@code config.json} with all sizes
 * @param weightsFolder Hugging Face folder with the weights to start from; empty text for fresh
 *     ones
 * @param baseCheckpoint folder of a distributed checkpoint whose weights take the place of these,
 *     without its optimizer state; empty text for none
 * @param initMethod how fresh weights are drawn
 * @param weightType type in which weights are stored and updated
 * @param freezeVision whether the vision tower, without its merger, is frozen
 * @param freezeMerger whether the layers between tower and decoder are frozen
 * @param shardWise whether no worker ever holds the whole model: each one makes its own part of the
 *     weights after the model is sharded
 * @param recompute modules that are recomputed in the backward pass
 * @param lora adapters
 */
public record ModelPlan(
    String modelId,
    String configJson,
    String weightsFolder,
    String baseCheckpoint,
    InitMethod initMethod,
    DType weightType,
    boolean freezeVision,
    boolean freezeMerger,
    boolean shardWise,
    RecomputePlan recompute,
    LoraSettings lora)
    implements Serializable {
  private static final String VISION = "visual.";
  private static final String MERGER = "visual.merger.";

  public ModelPlan {
    Objects.requireNonNull(modelId, "modelId");
    Objects.requireNonNull(configJson, "configJson");
    Objects.requireNonNull(weightsFolder, "weightsFolder");
    Objects.requireNonNull(baseCheckpoint, "baseCheckpoint");
    Objects.requireNonNull(initMethod, "initMethod");
    Objects.requireNonNull(weightType, "weightType");
    Objects.requireNonNull(recompute, "recompute");
    Objects.requireNonNull(lora, "lora");
  }

  /** The model without weights, nothing frozen. */
  public TrainableModel declare() {
    try {
      return ModelSpecs.load()
          .byId(modelId)
          .declare()
          .apply(new ObjectMapper().readTree(configJson));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The model without weights, with its adapters, frozen where it has to be. */
  public TrainableModel outline() {
    TrainableModel model = declare();
    model
        .namedParameters()
        .forEach(
            (name, parameter) -> {
              boolean merger = name.startsWith(MERGER);
              if (merger ? freezeMerger : freezeVision && name.startsWith(VISION)) {
                parameter.freeze();
              }
            });
    Lora.apply(model, lora);
    return model;
  }

  /**
   * Adds the adapters to a model that a program made by itself. Does nothing to one of {@link
   * #build}.
   */
  void adapt(TrainableModel model, long seed) {
    if (lora.isOn() && !Lora.isIn(model)) {
      boolean declared =
          model.namedParameters().values().stream().noneMatch(Parameter::materialized);
      Lora.apply(model, lora);
      if (!declared) {
        initializer().initializeRest(model, seed, TorchTypes.of(weightType));
      }
    }
  }

  /**
   * The model, frozen where it has to be and equal on every rank; with its weights on the host, or
   * without any if they are made shard by shard.
   *
   * @param seed seed of fresh weights
   */
  public TrainableModel build(long seed) {
    TrainableModel model = outline();
    if (shardWise) {
      return model;
    }
    if (weightsFolder.isEmpty()) {
      initializer().initialize(model, seed, TorchTypes.of(weightType));
    } else {
      HfWeights.load(Path.of(weightsFolder), model, TorchTypes.of(weightType));
      initializer().initializeRest(model, seed, TorchTypes.of(weightType));
    }
    return model;
  }

  /**
   * Makes the weights of this rank of a sharded model that was only declared. Every rank calls it
   * at the same point. The values are those of a model that was built whole.
   *
   * @param seed seed of fresh weights
   */
  void fill(TrainableModel model, StateAccess state, long seed) {
    ModelInitializer initializer = initializer();
    WeightSource fresh =
        (parameter, first, count) ->
            initializer.rows(model, parameter, new ModelInitializer.Rows(first, count), seed);
    if (weightsFolder.isEmpty()) {
      ShardWeights.fill(state, fresh);
    } else {
      try (HfCheckpoint checkpoint = HfCheckpoint.open(Path.of(weightsFolder), model)) {
        ShardWeights.fill(
            state,
            (parameter, first, count) ->
                (parameter.role().isAdapter() ? fresh : checkpoint).rows(parameter, first, count));
      }
    }
  }

  private ModelInitializer initializer() {
    return switch (initMethod) {
      case NORMAL -> ModelInitializer.NORMAL;
      case FAN_IN -> ModelInitializer.FAN_IN;
    };
  }
}
