package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.safetensors.SafetensorsException;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the original weights look like, where they still lie in the folder of the assets.
 *
 * @param fileNames names of the {@code *.safetensors} files, sorted
 * @param shapes shapes by name of the tensors of those that can be read
 * @param warnings files that cannot be read, such as placeholders of a large file storage
 */
record References(List<String> fileNames, Map<String, List<Long>> shapes, List<String> warnings) {

  static References read(Path folder) {
    List<Path> files;
    try (Stream<Path> paths = Files.list(folder)) {
      files =
          paths
              .filter(path -> path.getFileName().toString().endsWith(".safetensors"))
              .filter(path -> !path.getFileName().toString().startsWith("."))
              .sorted()
              .toList();
    } catch (IOException e) {
      throw ConvertException.data("Cannot list " + folder + ": " + e, e);
    }
    Map<String, List<Long>> shapes = new HashMap<>();
    List<String> warnings = new ArrayList<>();
    for (Path path : files) {
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        for (TensorRef tensor : file.tensors()) {
          shapes.put(tensor.name(), tensor.shape());
        }
      } catch (SafetensorsException e) {
        warnings.add("The shapes of the original weights are not known: " + e.getMessage());
      }
    }
    return new References(
        files.stream().map(path -> path.getFileName().toString()).toList(), shapes, warnings);
  }
}
