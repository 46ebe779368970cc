package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.generate.DecodableModel;
import io.sparkmm.train.generate.Decoding;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.model.ChunkedLoss;
import io.sparkmm.train.model.HfFormat;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.ModelSpec;
import io.sparkmm.train.model.Targets;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.torch.FloatTypes;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Qwen2-VL: a vision tower whose tokens take the places of placeholders in the input of a language
 * model.
 *
 * <p>The parameters are only declared; they get their values from an initialiser or from weight
 * files. Their names are those of the published checkpoints.
 *
 * <p>A batch without pictures still runs the tower, on one blank picture whose result counts with
 * weight 0: sharded training needs the same modules to run on every worker.
 */
public final class Qwen2VlModel extends TrainableModel implements DecodableModel {
  /** The family, for the registry. */
  public static final ModelSpec SPEC =
      new ModelSpec(
          "qwen2vl",
          Qwen2VlConfig.MODEL_TYPE,
          Qwen2VlConfigParser.ARCHITECTURE,
          Qwen2VlModel.class,
          json -> new Qwen2VlModel(Qwen2VlConfigParser.fromHfJson(json)));

  private final Qwen2VlConfig config;
  private final VisionTower visual;
  private final TextModel model;
  private final LmHead head;

  /** Declares a model of the given sizes. */
  public Qwen2VlModel(Qwen2VlConfig config) {
    this.config = Objects.requireNonNull(config, "config");
    visual = child("visual", new VisionTower(config.vision()));
    model = child("model", new TextModel(config.text()));
    head =
        child(
            "lm_head",
            config.tieWordEmbeddings()
                ? LmHead.tied(model.embeddingTable())
                : LmHead.own(config.text()));
    nameParameters();
  }

  /** The sizes. */
  public Qwen2VlConfig config() {
    return config;
  }

  @Override
  public Optional<HfFormat> hfFormat() {
    return Optional.of(new Qwen2VlHfFormat(config));
  }

  @Override
  public double initializerRange(String parameterName) {
    return parameterName.startsWith("visual.")
        ? config.vision().initializerRange()
        : config.text().initializerRange();
  }

  @Override
  public Map<String, List<String>> parts() {
    return Map.of(
        "vision_tower", List.of("visual.patch_embed", "visual.blocks"),
        "projector", List.of("visual.merger"),
        "language_model", List.of("model", "lm_head"));
  }

  /** Those of Megatron, which joins the matrices of attention and of the gated layer. */
  @Override
  public Map<String, List<String>> moduleAliases() {
    return Map.of(
        "linear_qkv", List.of("q_proj", "k_proj", "v_proj", "attn.qkv"),
        "linear_proj", List.of("o_proj", "attn.proj"),
        "linear_fc1", List.of("gate_proj", "up_proj", "mlp.fc1", "merger.mlp.0"),
        "linear_fc2", List.of("down_proj", "mlp.fc2", "merger.mlp.2"),
        "word_embeddings", List.of("embed_tokens", "patch_embed"),
        "final_layernorm", List.of("model.norm"));
  }

  @Override
  public OptionalLong zeroRow(String parameterName) {
    OptionalInt row = config.text().padTokenId();
    return parameterName.equals(model.embeddingTable().name()) && row.isPresent()
        ? OptionalLong.of(row.getAsInt())
        : OptionalLong.empty();
  }

  @Override
  public ModelOutput forward(Batch batch) {
    return forward(batch, Video.none());
  }

  /**
   * Computes the logits of all target positions of a micro-batch with videos.
   *
   * @throws ModelException if ids, grids and pixels do not fit together
   */
  public ModelOutput forward(Batch batch, Video video) {
    ModelInputs inputs = ModelInputs.of(config, batch, video);
    Targets targets = inputs.targets();
    Tensor logits = run(inputs, Optional.of(inputs.targetCells()), Optional.empty(), head::forward);
    return new ModelOutput(logits, targets.ids(), targets.rows(), targets.batchRows());
  }

  @Override
  public ModelOutput forward(Batch batch, ChunkedLoss loss) {
    ModelInputs inputs = ModelInputs.of(config, batch, Video.none());
    Targets targets = inputs.targets();
    return ModelOutput.ofLoss(
        run(
            inputs,
            Optional.of(inputs.targetCells()),
            Optional.empty(),
            states -> head.loss(states, targets, loss)),
        targets);
  }

  /** Logits of every position, {@code [B, S, V]}; only those of real tokens have a meaning. */
  public Tensor logits(Batch batch) {
    return logits(batch, Video.none());
  }

  /** Logits of every position of a micro-batch with videos, {@code [B, S, V]}. */
  public Tensor logits(Batch batch, Video video) {
    return run(ModelInputs.of(config, batch, video), Optional.empty(), Optional.empty())
        .view(batch.host().rows(), batch.host().columns(), -1);
  }

  /**
   * Vision tokens of pictures, or of the frames of clips.
   *
   * @param pixels {@code [N, C*T*P*P]}
   * @param grids patch grids
   * @return {@code [M, H]}
   */
  public Tensor visionTokens(Tensor pixels, List<Grid> grids) {
    return call(inputs -> visual.forward(inputs[0], grids), pixels);
  }

  @Override
  public Decoding startDecoding(Batch prompts, int maxNewTokens) {
    return new Qwen2VlDecoding(this, ModelInputs.of(config, prompts, Video.none()), maxNewTokens);
  }

  /** Runs a whole batch; logits of the selected flat cells, or of all. */
  Tensor run(ModelInputs batch, Optional<Tensor> selected, Optional<KvCache> cache) {
    return run(batch, selected, cache, head::forward);
  }

  private Tensor run(
      ModelInputs batch,
      Optional<Tensor> selected,
      Optional<KvCache> cache,
      UnaryOperator<Tensor> last) {
    return call(
        inputs -> {
          Tensor vision = visual.forward(inputs[0], batch.grids());
          ScalarType type = FloatTypes.of(vision);
          DecoderPass pass = new DecoderPass(batch.rope(type), batch.mask(type), cache);
          TextInput input =
              new TextInput(batch.batch().inputIds(), batch.visionCells(), selected, pass);
          return last.apply(model.forward(input, vision));
        },
        batch.pixels());
  }

  /** Runs one more token per row of a batch that has a cache; logits {@code [B, V]}. */
  Tensor step(Tensor ids, DecoderPass pass) {
    return call(
        inputs ->
            head.forward(
                model.forward(new TextInput(ids, Optional.empty(), Optional.empty(), pass))));
  }
}
