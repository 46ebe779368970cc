package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpKey;
import io.sparkmm.convert.dcp.DcpMetadata;
import io.sparkmm.convert.dcp.DcpMetadataWriter;
import io.sparkmm.convert.dcp.DcpShard;
import io.sparkmm.convert.dcp.DcpValue;
import io.sparkmm.convert.hf.HfFolder;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.view.Coverage;
import io.sparkmm.convert.view.StoredTensor;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Plans checkpoints from Hugging Face folders: {@code release/__<i>_0.distcp} for input file i in
 * the order of names, with the state {@code {model: {...}, checkpoint_version: 3.0}}.
 */
final class DcpExport {

  private static final double CHECKPOINT_VERSION = 3.0;

  /**
   * What to do.
   *
   * @param title converter and command
   * @param hfDir folder to read
   * @param dcpDir where the result appears
   * @param rename from names of Hugging Face to names in the state {@code model}
   * @param tied name to name of the tensor that it is a copy of
   * @param fused names of tensors of several experts, to be stored as one matrix
   * @param oneFile all in one file instead of one per input file
   */
  record Job(
      String title,
      Path hfDir,
      Path dcpDir,
      UnaryOperator<String> rename,
      Map<String, String> tied,
      Predicate<String> fused,
      boolean oneFile) {}

  private final Job job;
  private final List<Map<String, TensorRef>> files = new ArrayList<>();
  private final Coverage coverage = new Coverage();
  private final Set<String> warnings = new LinkedHashSet<>();

  private DcpExport(Job job) {
    this.job = job;
  }

  static ConversionPlan plan(Job job) {
    return new DcpExport(job).plan();
  }

  private ConversionPlan plan() {
    HfFolder folder = HfFolder.adapters(job.hfDir(), "hf_dir");
    folder.checkComplete();
    load(folder);
    List<Map<String, TensorView>> states = states();
    coverage.check();
    List<PlannedFile> planned = new ArrayList<>();
    List<DcpMetadata> parts = new ArrayList<>();
    for (Map<String, TensorView> state : job.oneFile() ? List.of(joined(states)) : states) {
      int number = planned.size();
      List<DcpValue> values =
          number == 0
              ? List.of(new DcpValue(DcpKey.of("checkpoint_version"), CHECKPOINT_VERSION))
              : List.of();
      List<DcpShard> shards = new ArrayList<>();
      state.forEach((name, view) -> shards.add(DcpShard.whole(DcpKey.of("model", name), view)));
      DcpFile file = DcpFile.plan(DcpFile.name(number, 0), values, shards);
      planned.add(file.file());
      parts.add(file.part());
    }
    planned.add(DcpMetadataWriter.plan(parts));
    return new ConversionPlan(
        job.title(),
        OutputFolder.release(job.dcpDir()),
        planned,
        List.of(),
        folder.files(),
        new TreeMap<>(Map.of("format", "torch_dcp", "data_files", "" + parts.size())),
        List.copyOf(warnings));
  }

  /** Reads all headers; a tensor that stands twice with the same bytes is taken once. */
  private void load(HfFolder folder) {
    Set<String> seen = new LinkedHashSet<>();
    folder.tensors();
    for (Path file : folder.files()) {
      Map<String, TensorRef> tensors = new LinkedHashMap<>();
      try (SafetensorsFile open = SafetensorsFile.open(file)) {
        for (TensorRef tensor : open.tensors()) {
          if (seen.add(tensor.name())) {
            tensors.put(tensor.name(), tensor);
            coverage.source(StoredTensor.of(tensor));
          }
        }
      }
      files.add(tensors);
    }
  }

  private List<Map<String, TensorView>> states() {
    job.tied().forEach(this::tie);
    Map<String, String> owners = new LinkedHashMap<>();
    List<Map<String, TensorView>> states = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Map<String, TensorRef> file : files) {
      Map<String, TensorView> state = new LinkedHashMap<>();
      file.forEach(
          (name, tensor) -> {
            String target = job.rename().apply(name);
            String other = owners.put(target, name);
            if (other != null) {
              problems.add("Cannot name two tensors " + target + ": " + other + " and " + name);
            }
            TensorView view = matrix(name, TensorView.of(tensor));
            coverage.use(target, view);
            state.put(target, view);
          });
      states.add(state);
    }
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
    return states;
  }

  /** Puts the copy beside its original and takes a tensor of its name out of the folder's. */
  private void tie(String copy, String original) {
    Map<String, TensorRef> home =
        files.stream()
            .filter(file -> file.containsKey(original))
            .findFirst()
            .orElseThrow(
                () ->
                    ConvertException.data(
                        "Cannot tie "
                            + copy
                            + " to "
                            + original
                            + ": no such tensor in "
                            + job.hfDir()));
    for (Map<String, TensorRef> file : files) {
      TensorRef own = file.remove(copy);
      if (own != null) {
        coverage.mayStayUnused(StoredTensor.of(own));
        warnings.add(copy + " of the folder is replaced by " + original);
      }
    }
    coverage.mayRepeat(StoredTensor.of(home.get(original)));
    home.put(copy, home.get(original));
  }

  /** The tensor of several experts as rows of all of them. */
  private TensorView matrix(String name, TensorView view) {
    TensorView result = view;
    while (job.fused().test(name) && result.rank() > 2 && !result.shape().contains(0L)) {
      result = result.mergeLeading();
    }
    return result;
  }

  private static Map<String, TensorView> joined(List<Map<String, TensorView>> states) {
    Map<String, TensorView> all = new LinkedHashMap<>();
    states.forEach(all::putAll);
    return all;
  }
}
