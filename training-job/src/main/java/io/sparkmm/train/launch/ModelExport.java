package io.sparkmm.train.launch;

import io.sparkmm.train.loop.TrainResult;
import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.lora.PeftFolder;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.weights.HfWeights;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * Writes a trained model as a Hugging Face folder, or its adapters as a folder of PEFT. The
 * parameters are gathered one after the other, so that no worker ever holds the whole model; rank 0
 * writes them. The folder appears as a whole or not at all.
 */
final class ModelExport {
  private static final long FILE_BYTES = 5L << 30;

  private ModelExport() {}

  /**
   * Takes part in the export; every rank calls it.
   *
   * @param writes whether this rank writes the files
   */
  static void write(TrainResult result, TrainPlan plan, boolean writes) {
    TrainableModel model = result.model();
    Function<String, Tensor> tensors = name -> result.parallel().state().gather(name);
    if (writes) {
      Path target = Path.of(plan.export().folder());
      ExportFolder folder = new ExportFolder(target);
      boolean replaces = folder.setAside();
      save(target, model, tensors, plan);
      if (replaces) {
        folder.clear();
      }
    } else {
      for (String name : names(model)) {
        try (TensorScope scope = TensorScope.open()) {
          result.parallel().state().gather(name);
        }
      }
    }
  }

  /** Parameters that are exported: of a model with adapters these only. */
  private static Collection<String> names(TrainableModel model) {
    return Lora.isIn(model) ? PeftFolder.parameters(model) : model.namedParameters().keySet();
  }

  private static void save(
      Path target, TrainableModel model, Function<String, Tensor> tensors, TrainPlan plan) {
    ModelPlan made = plan.program().model();
    HfWeights.SaveOptions options =
        new HfWeights.SaveOptions(
            TorchTypes.of(made.weightType()),
            plan.export().extraFiles().stream().map(Path::of).toList(),
            FILE_BYTES);
    if (Lora.isIn(model)) {
      PeftFolder.save(
          target,
          new PeftFolder.Adapted(model, made.lora()),
          tensors,
          Optional.of(made.weightsFolder()).filter(folder -> !folder.isEmpty()),
          options);
    } else {
      HfWeights.save(target, model, tensors, options);
    }
  }
}
