package io.sparkmm.convert.mm;

import io.sparkmm.convert.parallel.Rank;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.torch.TorchFileLayout;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Plans the files of the ranks of a checkpoint. */
public final class RankFiles {

  private static final String MODEL = "model";
  private static final String VERSION_KEY = "checkpoint_version";

  /** The version that Megatron checks when it loads. */
  private static final double VERSION = 3.0;

  /** The only tensors that may share their elements, when the output layer is tied. */
  private static final String EMBEDDING = "text_decoder.embedding.word_embeddings.weight";

  private static final String HEAD = "text_decoder.output_layer.weight";

  private RankFiles() {}

  /**
   * Plans all files.
   *
   * @param grid the ranks
   * @param parts for each rank one map per virtual stage
   */
  public static List<PlannedFile> plan(
      RankGrid grid, SortedMap<Rank, List<Map<String, TensorView>>> parts) {
    List<PlannedFile> files = new ArrayList<>();
    parts.forEach((rank, models) -> files.add(plan(grid.file(rank), models)));
    return files;
  }

  private static PlannedFile plan(String path, List<Map<String, TensorView>> models) {
    Map<String, Object> tree = new LinkedHashMap<>();
    Map<String, TensorView> contents = new HashMap<>();
    String embedding = "";
    for (int stage = 0; stage < models.size(); stage++) {
      String key = models.size() == 1 ? MODEL : MODEL + stage;
      String prefix = models.size() == 1 ? "" : key + ".";
      Map<String, TensorSpec> specs = new LinkedHashMap<>();
      if (models.get(stage).containsKey(EMBEDDING)) {
        embedding = prefix + EMBEDDING;
      }
      for (Map.Entry<String, TensorView> entry : models.get(stage).entrySet()) {
        TensorView view = entry.getValue();
        boolean tied =
            entry.getKey().equals(HEAD)
                && contents.containsKey(embedding)
                && same(contents.get(embedding), view);
        String name = tied ? embedding : prefix + entry.getKey();
        contents.put(name, view);
        specs.put(entry.getKey(), new TensorSpec(name, view.dtype(), view.shape()));
      }
      tree.put(key, specs);
    }
    tree.put(VERSION_KEY, VERSION);
    TorchFileLayout layout = TorchFileLayout.of(TorchFileLayout.prefixOf(RankGrid.FILE_NAME), tree);
    List<TensorView> ordered =
        layout.tensors().stream().map(TensorPlace::name).map(contents::get).toList();
    return new PlannedFile(path, layout, ordered);
  }

  /** Whether two views are made of the same stored elements in the same way. */
  private static boolean same(TensorView one, TensorView other) {
    return one.dtype() == other.dtype()
        && one.shape().equals(other.shape())
        && one.pieces().equals(other.pieces());
  }
}
