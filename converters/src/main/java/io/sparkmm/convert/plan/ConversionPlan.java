package io.sparkmm.convert.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that a conversion will do.
 *
 * @param title converter and command, such as {@code Qwen2VLConverter hf_to_mm}
 * @param output where the result appears
 * @param files files to be written
 * @param assets files to be taken over
 * @param sources all files with weights that are read
 * @param layout what the manifest says about the layout, such as {@code tp_size}; simple values as
 *     text
 * @param warnings what the user should know
 */
public record ConversionPlan(
    String title,
    OutputFolder output,
    List<PlannedFile> files,
    List<AssetCopy> assets,
    List<Path> sources,
    SortedMap<String, String> layout,
    List<String> warnings) {

  public ConversionPlan {
    files = List.copyOf(files);
    assets = List.copyOf(assets);
    sources = List.copyOf(sources);
    layout = new TreeMap<>(layout);
    warnings = List.copyOf(warnings);
  }
}
