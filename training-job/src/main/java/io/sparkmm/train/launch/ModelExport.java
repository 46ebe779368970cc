package io.sparkmm.train.launch;

import io.sparkmm.train.loop.TrainResult;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.weights.HfWeights;
import java.nio.file.Path;

/**
 * Writes a trained model as a Hugging Face folder. The parameters are gathered one after the other,
 * so that no worker ever holds the whole model; rank 0 writes them. The folder appears as a whole
 * or not at all.
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
    if (writes) {
      Path target = Path.of(plan.export().folder());
      ExportFolder folder = new ExportFolder(target);
      boolean replaces = folder.setAside();
      HfWeights.save(
          target,
          model,
          name -> result.parallel().state().gather(name),
          new HfWeights.SaveOptions(
              TorchTypes.of(plan.program().model().weightType()),
              plan.export().extraFiles().stream().map(Path::of).toList(),
              FILE_BYTES));
      if (replaces) {
        folder.clear();
      }
    } else {
      for (String name : model.namedParameters().keySet()) {
        try (TensorScope scope = TensorScope.open()) {
          result.parallel().state().gather(name);
        }
      }
    }
  }
}
