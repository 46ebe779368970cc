package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpTensor;
import io.sparkmm.convert.mm.Tracker;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tensors of the state {@code model} of a checkpoint, or of all when it has no such state. */
final class DcpSource {

  private static final String MODEL = "model";

  private final DcpCheckpoint checkpoint;
  private final Map<String, String> keys = new LinkedHashMap<>();

  private DcpSource(DcpCheckpoint checkpoint) {
    this.checkpoint = checkpoint;
    List<DcpTensor> all = checkpoint.metadata().tensors();
    boolean hasModel = all.stream().anyMatch(tensor -> tensor.key().isUnder(MODEL));
    for (DcpTensor tensor : all) {
      if (!hasModel) {
        keys.put(tensor.key().flat(), tensor.key().flat());
      } else if (tensor.key().isUnder(MODEL)) {
        keys.put(tensor.key().rest(), tensor.key().flat());
      }
    }
  }

  /** Opens the folder itself, or the iteration that its tracker file names. */
  static DcpSource open(Path folder) {
    boolean tracked =
        !DcpCheckpoint.isIn(folder) && Files.exists(folder.resolve(OutputFolder.TRACKER));
    return new DcpSource(
        DcpCheckpoint.open(tracked ? Tracker.iteration(folder, Optional.empty()) : folder));
  }

  Path path() {
    return checkpoint.path();
  }

  /** Names in the state, in the order of the checkpoint. */
  List<String> names() {
    return List.copyOf(keys.keySet());
  }

  boolean has(String name) {
    return keys.containsKey(name);
  }

  TensorView view(String name) {
    return checkpoint.view(keys.get(name));
  }

  /** All tensors by name. */
  Map<String, TensorView> views() {
    Map<String, TensorView> views = new LinkedHashMap<>();
    keys.keySet().forEach(name -> views.put(name, view(name)));
    return Collections.unmodifiableMap(views);
  }

  /** The files to be read. */
  List<Path> files() {
    List<Path> files = new ArrayList<>(checkpoint.files());
    files.add(0, checkpoint.path().resolve(".metadata"));
    return files;
  }
}
