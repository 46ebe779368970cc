package io.sparkmm.convert.dcp.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.hf.HfFolder;
import io.sparkmm.convert.number.CastContent;
import io.sparkmm.convert.number.FloatFormat;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.safetensors.ShardPlan;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Plans Hugging Face folders from checkpoints, in the form of the folder of the assets. */
final class HfImport {

  private static final String HEAD = "lm_head.weight";

  /**
   * What to do.
   *
   * @param title converter and command
   * @param loadDir checkpoint
   * @param saveDir where the result appears
   * @param assetsDir folder to be like
   * @param names how tensors are named in the checkpoint
   * @param fused names of tensors of several experts, which the checkpoint stores as one matrix
   * @param toBf16 round floating-point tensors to bfloat16
   */
  record Job(
      String title,
      Path loadDir,
      Path saveDir,
      Path assetsDir,
      NameRule names,
      Predicate<String> fused,
      boolean toBf16) {}

  private final Job job;
  private final JsonNode config;
  private final DcpSource source;
  private final References references;
  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final Set<String> used = new HashSet<>();

  private HfImport(Job job) {
    this.job = job;
    this.config = HfFolder.config(job.assetsDir(), "model_assets_dir");
    HfShards.checkApart("save_dir", job.saveDir(), "model_assets_dir", job.assetsDir());
    this.source = DcpSource.open(job.loadDir());
    this.references = References.read(job.assetsDir());
  }

  static ConversionPlan plan(Job job) {
    return new HfImport(job).plan();
  }

  private ConversionPlan plan() {
    Optional<HfShards.Found> index = HfShards.index(job.assetsDir());
    SortedMap<String, String> shards =
        index.isPresent() ? indexed(index.get().index().weightMap()) : single();
    SortedMap<String, TensorContent> tensors = new TreeMap<>();
    for (String name : shards.keySet()) {
      stored(name).ifPresent(key -> tensors.put(name, content(name, key)));
    }
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
    warnOfUnused();
    HfShards folder = HfShards.plan(job.assetsDir(), job.saveDir(), shards, tensors);
    warnings.addAll(references.warnings());
    return new ConversionPlan(
        job.title(),
        OutputFolder.plain(job.saveDir()),
        folder.files(),
        folder.assets(),
        source.files(),
        new TreeMap<>(Map.of("format", "huggingface", "from", "torch_dcp")),
        warnings);
  }

  /** The files of the index, without a tied head that the checkpoint does not have. */
  private SortedMap<String, String> indexed(Map<String, String> weightMap) {
    SortedMap<String, String> shards = new TreeMap<>(weightMap);
    for (String name : weightMap.keySet()) {
      if (stored(name).isPresent()) {
        continue;
      }
      if (name.endsWith(HEAD) && isTied()) {
        warnings.add(name + " is not in the checkpoint and tied to the embedding; it is left out");
        shards.remove(name);
      } else {
        problems.add(missing(name));
      }
    }
    return shards;
  }

  /** All tensors of the checkpoint in one file, which must hold those of the original one. */
  private SortedMap<String, String> single() {
    boolean one = references.fileNames().size() == 1;
    String file = one ? references.fileNames().get(0) : ShardPlan.SINGLE_FILE;
    SortedMap<String, String> shards = new TreeMap<>();
    for (String name : source.names()) {
      shards.put(job.names().toHf(name), file);
    }
    for (String name : new TreeMap<>(references.shapes()).keySet()) {
      if (!shards.containsKey(name) && !(name.endsWith(HEAD) && isTied())) {
        problems.add(missing(name));
      }
    }
    return shards;
  }

  private String missing(String name) {
    return "Cannot write "
        + name
        + ": the checkpoint "
        + source.path()
        + " has no tensor "
        + String.join(" or ", job.names().candidates(name));
  }

  /** The name under which the checkpoint has a tensor. */
  private Optional<String> stored(String name) {
    return job.names().candidates(name).stream().filter(source::has).findFirst();
  }

  private TensorContent content(String name, String key) {
    used.add(key);
    TensorView view = job.fused().test(name) ? experts(name, source.view(key)) : source.view(key);
    return job.toBf16() && FloatFormat.of(view.dtype()).isPresent()
        ? CastContent.of(view, FloatFormat.BF16)
        : view;
  }

  /** One matrix as the tensor of several experts that it was. */
  private TensorView experts(String name, TensorView view) {
    List<Long> original = references.shapes().getOrDefault(name, List.of());
    if (original.size() == 3 && view.shape().size() == 2) {
      if (view.size(0) != original.get(0) * original.get(1) || view.size(1) != original.get(2)) {
        problems.add(
            "Cannot write "
                + name
                + ": it has shape "
                + view.shape()
                + ", the original "
                + original);
        return view;
      }
      return view.splitLeading(original.get(0));
    }
    long experts = experts();
    if (!original.isEmpty() || experts <= 0 || view.rank() != 2) {
      return view;
    }
    if (view.size(0) % experts != 0) {
      problems.add(
          "Cannot write "
              + name
              + ": "
              + view.size(0)
              + " rows are not of "
              + experts
              + " experts");
      return view;
    }
    return view.splitLeading(experts);
  }

  /** {@code num_experts} of the language model; 0 when it has none. */
  private long experts() {
    JsonNode thinker = config.path("thinker_config").path("text_config");
    JsonNode text = config.has("text_config") ? config.path("text_config") : thinker;
    return (text.isObject() ? text : config).path("num_experts").asLong(0);
  }

  private boolean isTied() {
    return config.path("tie_word_embeddings").asBoolean(false)
        || config.path("text_config").path("tie_word_embeddings").asBoolean(false);
  }

  private void warnOfUnused() {
    List<String> unused = source.names().stream().filter(name -> !used.contains(name)).toList();
    if (!unused.isEmpty()) {
      warnings.add(
          unused.size()
              + " tensors of the checkpoint are not in the index of model_assets_dir and are left"
              + " out, such as "
              + unused.get(0));
    }
  }
}
