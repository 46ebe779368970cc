package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.weights.HfWeights;
import java.nio.file.Path;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Saves the model of a golden file as a checkpoint folder, for {@code check_export.py}. Runs in the
 * module's folder; arguments: name of the golden file, folder to write.
 */
final class ExportMain {
  private ExportMain() {}

  public static void main(String[] args) {
    Qwen2VlModel model = TinyModels.model(Golden.read(args[0]).config(), ScalarType.Float);
    HfWeights.save(Path.of(args[1]), model, HfWeights.SaveOptions.of(ScalarType.Float));
  }
}
