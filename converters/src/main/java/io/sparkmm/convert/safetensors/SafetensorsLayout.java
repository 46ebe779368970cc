package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.plan.FileLayout;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.TensorContent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The layout of one safetensors file, byte for byte that of {@link SafetensorsWriter}: a header,
 * then the tensors without gaps, widest element types first, names ascending within a type.
 */
public final class SafetensorsLayout implements FileLayout {

  private final Layout layout;
  private final List<TensorPlace> places;

  private SafetensorsLayout(Layout layout) {
    this.layout = layout;
    this.places =
        layout.tensors().stream()
            .map(tensor -> new TensorPlace(tensor.name(), tensor.begin(), tensor.byteSize()))
            .toList();
  }

  /**
   * Plans a file.
   *
   * @param path relative to the folder of the output, with {@code /}
   * @param tensors by name; the order does not matter
   * @param metadata free text pairs; {@link SafetensorsWriter#TORCH} for files that {@code
   *     transformers} shall load
   * @throws SafetensorsException when a name is not allowed or the header grows too large
   */
  public static PlannedFile plan(
      String path, Map<String, ? extends TensorContent> tensors, Map<String, String> metadata) {
    List<TensorSpec> specs = new ArrayList<>();
    tensors.forEach(
        (name, content) -> specs.add(new TensorSpec(name, content.dtype(), content.shape())));
    Layout layout = Layout.of(Path.of(path), specs, metadata);
    List<TensorContent> contents = new ArrayList<>();
    for (TensorRef tensor : layout.tensors()) {
      contents.add(tensors.get(tensor.name()));
    }
    return new PlannedFile(path, new SafetensorsLayout(layout), contents);
  }

  @Override
  public long size() {
    return layout.fileBytes();
  }

  @Override
  public List<TensorPlace> tensors() {
    return places;
  }

  @Override
  public List<Literal> literals(long[] crc32) {
    return List.of(new Literal(0, layout.header()));
  }
}
