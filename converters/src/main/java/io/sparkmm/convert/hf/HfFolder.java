package io.sparkmm.convert.hf;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Hugging Face folder whose headers were read.
 *
 * @param path the folder
 * @param config the content of {@code config.json}; an empty object for folders of adapters
 * @param files the {@code *.safetensors} files directly in the folder, sorted by name
 * @param tensors the tensors of all files by name, in the order of the files
 */
public record HfFolder(
    Path path, JsonNode config, List<Path> files, Map<String, TensorView> tensors) {

  public HfFolder {
    files = List.copyOf(files);
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }
}
