package io.sparkmm.train.model.qwen2vl;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.Targets;
import io.sparkmm.train.nn.AttentionMask;
import io.sparkmm.train.nn.RotaryFrequencies;
import io.sparkmm.train.nn.RotaryTable;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.HostTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A micro-batch as the model's modules take it: what was planned on the host, as tensors. */
final class ModelInputs {
  private final Qwen2VlConfig config;
  private final Batch batch;
  private final InputPlan plan;
  private final Tensor pixels;
  private final List<Grid> grids;

  private ModelInputs(
      Qwen2VlConfig config, Batch batch, InputPlan plan, Tensor pixels, List<Grid> grids) {
    this.config = config;
    this.batch = batch;
    this.plan = plan;
    this.pixels = pixels;
    this.grids = grids;
  }

  /**
   * Plans a batch and joins the pixels of pictures and videos.
   *
   * @throws ModelException if ids, grids and pixels do not fit together
   */
  static ModelInputs of(Qwen2VlConfig config, Batch batch, Video video) {
    InputPlan plan = InputPlan.of(batch.host(), video.grids(), config);
    List<Tensor> parts = new ArrayList<>();
    batch.pixelValues().ifPresent(parts::add);
    video.pixelValues().ifPresent(parts::add);
    checkPixels(config, batch, plan, parts);
    if (plan.grids().isEmpty()) {
      int merge = config.vision().spatialMergeSize();
      Grid blank = new Grid(1, merge, merge);
      Tensor zeros =
          zeros(
              new long[] {blank.patches(), config.vision().patchValues()},
              new TensorOptions(ScalarType.Float)
                  .device(new DeviceOptional(batch.inputIds().device())));
      return new ModelInputs(config, batch, plan, zeros, List.of(blank));
    }
    Tensor pixels =
        parts.size() == 1 ? parts.get(0) : cat(new TensorVector(parts.toArray(Tensor[]::new)), 0);
    return new ModelInputs(config, batch, plan, pixels, plan.grids());
  }

  private static void checkPixels(
      Qwen2VlConfig config, Batch batch, InputPlan plan, List<Tensor> parts) {
    long wanted = config.vision().patchValues();
    long found = 0;
    for (Tensor part : parts) {
      found += part.size(0);
      if (part.size(1) != wanted) {
        throw new ModelException(
            ModelException.Kind.BATCH,
            "Cannot run samples "
                + batch.host().sampleIds()
                + ": a patch has "
                + part.size(1)
                + " values, the model wants "
                + wanted);
      }
    }
    long patches = plan.grids().stream().mapToLong(Grid::patches).sum();
    if (found != patches) {
      throw new ModelException(
          ModelException.Kind.BATCH,
          "Cannot run samples "
              + batch.host().sampleIds()
              + ": there are pixels of "
              + found
              + " patches, the grids "
              + plan.grids()
              + " have "
              + patches);
    }
  }

  Batch batch() {
    return batch;
  }

  InputPlan plan() {
    return plan;
  }

  /** Patches for the vision tower, of a blank picture if the batch has none. */
  Tensor pixels() {
    return pixels;
  }

  /** Grids of {@link #pixels}. */
  List<Grid> grids() {
    return grids;
  }

  /** Where the vision tokens go; empty if they are those of a blank picture. */
  Optional<Tensor> visionCells() {
    return plan.grids().isEmpty() ? Optional.empty() : Optional.of(upload(plan.visionCells()));
  }

  /** Flat cells whose states predict a target. */
  Tensor targetCells() {
    return upload(plan.targetCells());
  }

  /** What the states of {@link #targetCells} predict. */
  Targets targets() {
    long[] cells = plan.targetCells();
    long[] ids = new long[cells.length];
    long[] rows = new long[cells.length];
    for (int i = 0; i < cells.length; i++) {
      ids[i] = batch.host().labels()[(int) cells[i] + 1];
      rows[i] = cells[i] / batch.host().columns();
    }
    return new Targets(upload(ids), upload(rows), batch.host().rows());
  }

  /** Rotary table of all positions for activations of a type. */
  RotaryTable rope(ScalarType activations) {
    Qwen2VlTextConfig text = config.text();
    ScalarType type = FloatTypes.atLeastFloat32(activations);
    RotaryFrequencies frequencies = RotaryFrequencies.of(text.headSize(), text.ropeTheta(), type);
    return RotaryTable.of(
        plan.angles(frequencies, text.mropeSection()),
        new long[] {plan.rows(), plan.columns(), 1, text.headSize()},
        type,
        device());
  }

  /** Which keys the queries see in activations of a type. */
  AttentionMask mask(ScalarType activations) {
    Optional<long[]> segments = plan.isolatedSegments();
    if (segments.isPresent()) {
      Tensor numbers = upload(segments.get()).view(plan.rows(), plan.columns());
      return AttentionMask.causalInSegments(numbers, activations);
    }
    return plan.rightPadded()
        ? AttentionMask.causal()
        : AttentionMask.causalAndKept(batch.attentionMask(), activations);
  }

  /** Int64 values on the model's device. */
  Tensor upload(long[] values) {
    return HostTensors.of(values, values.length).to(device(), ScalarType.Long);
  }

  private Device device() {
    return batch.inputIds().device();
  }
}
