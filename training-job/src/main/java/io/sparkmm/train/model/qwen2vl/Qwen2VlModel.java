package io.sparkmm.train.model.qwen2vl;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.AttentionMask;
import io.sparkmm.train.nn.RotaryFrequencies;
import io.sparkmm.train.nn.RotaryTable;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.HostTensors;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
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
public final class Qwen2VlModel extends TrainableModel {
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
  public ModelOutput forward(Batch batch) {
    return forward(batch, Video.none());
  }

  /**
   * Computes the logits of all target positions of a micro-batch with videos.
   *
   * @throws ModelException if ids, grids and pixels do not fit together
   */
  public ModelOutput forward(Batch batch, Video video) {
    InputPlan plan = InputPlan.of(batch.host(), video.grids(), config);
    long[] cells = plan.targetCells();
    Device device = batch.inputIds().device();
    long columns = batch.host().columns();
    long[] targets = new long[cells.length];
    long[] rows = new long[cells.length];
    for (int i = 0; i < cells.length; i++) {
      targets[i] = batch.host().labels()[(int) cells[i] + 1];
      rows[i] = cells[i] / columns;
    }
    Tensor logits = run(batch, video, plan, Optional.of(upload(cells, device)));
    return new ModelOutput(
        logits, upload(targets, device), upload(rows, device), batch.host().rows());
  }

  /** Logits of every position, {@code [B, S, V]}; only those of real tokens have a meaning. */
  public Tensor logits(Batch batch) {
    return logits(batch, Video.none());
  }

  /** Logits of every position of a micro-batch with videos, {@code [B, S, V]}. */
  public Tensor logits(Batch batch, Video video) {
    InputPlan plan = InputPlan.of(batch.host(), video.grids(), config);
    return run(batch, video, plan, Optional.empty())
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

  private Tensor run(Batch batch, Video video, InputPlan plan, Optional<Tensor> selected) {
    Device device = batch.inputIds().device();
    boolean blank = plan.grids().isEmpty();
    List<Grid> grids = blank ? List.of(blankGrid()) : plan.grids();
    Tensor pixels = blank ? blankPixels(device) : pixels(batch, video, plan);
    return call(
        inputs -> {
          Tensor vision = visual.forward(inputs[0], grids);
          ScalarType type = FloatTypes.of(vision);
          AttentionMask mask =
              plan.rightPadded()
                  ? AttentionMask.causal()
                  : AttentionMask.causalAndKept(batch.attentionMask(), type);
          Optional<Tensor> cells =
              blank ? Optional.empty() : Optional.of(upload(plan.visionCells(), device));
          DecoderPass pass = new DecoderPass(rope(plan, type, device), mask, Optional.empty());
          TextInput input = new TextInput(batch.inputIds(), cells, selected, pass);
          return head.forward(model.forward(input, vision));
        },
        pixels);
  }

  private RotaryTable rope(InputPlan plan, ScalarType activations, Device device) {
    Qwen2VlTextConfig text = config.text();
    ScalarType type = FloatTypes.atLeastFloat32(activations);
    RotaryFrequencies frequencies = RotaryFrequencies.of(text.headSize(), text.ropeTheta(), type);
    long[] shape = {plan.rows(), plan.columns(), 1, text.headSize()};
    return RotaryTable.of(plan.angles(frequencies, text.mropeSection()), shape, type, device);
  }

  private Tensor pixels(Batch batch, Video video, InputPlan plan) {
    TensorVector parts = new TensorVector();
    batch.pixelValues().ifPresent(parts::push_back);
    video.pixelValues().ifPresent(parts::push_back);
    long patches = plan.grids().stream().mapToLong(Grid::patches).sum();
    long found = 0;
    for (long i = 0; i < parts.size(); i++) {
      found += parts.get(i).size(0);
      if (parts.get(i).size(1) != config.vision().patchValues()) {
        throw new ModelException(
            ModelException.Kind.BATCH,
            "Cannot run samples "
                + batch.host().sampleIds()
                + ": a patch has "
                + parts.get(i).size(1)
                + " values, the model wants "
                + config.vision().patchValues());
      }
    }
    if (found != patches) {
      throw new ModelException(
          ModelException.Kind.BATCH,
          "Cannot run samples "
              + batch.host().sampleIds()
              + ": "
              + found
              + " patches of pixels, but the grids "
              + plan.grids()
              + " have "
              + patches);
    }
    return parts.size() == 1 ? parts.get(0) : cat(parts, 0);
  }

  private Grid blankGrid() {
    int merge = config.vision().spatialMergeSize();
    return new Grid(1, merge, merge);
  }

  private Tensor blankPixels(Device device) {
    long[] shape = {blankGrid().patches(), config.vision().patchValues()};
    return zeros(shape, new TensorOptions(ScalarType.Float).device(new DeviceOptional(device)));
  }

  private static Tensor upload(long[] values, Device device) {
    return HostTensors.of(values, values.length).to(device, ScalarType.Long);
  }
}
