package io.sparkmm.convert.plan;

import io.sparkmm.convert.view.TensorContent;
import java.util.List;

/**
 * A file to be written.
 *
 * @param path relative to the folder of the output, with {@code /}
 * @param layout where everything lies
 * @param contents what goes to each of the layout's tensors, in their order
 */
public record PlannedFile(String path, FileLayout layout, List<? extends TensorContent> contents) {

  /**
   * @throws IllegalArgumentException when contents and places differ in number or in size
   */
  public PlannedFile {
    contents = List.copyOf(contents);
    List<TensorPlace> places = layout.tensors();
    if (places.size() != contents.size()) {
      throw new IllegalArgumentException(
          "Cannot plan "
              + path
              + ": "
              + places.size()
              + " places, "
              + contents.size()
              + " tensors");
    }
    for (int i = 0; i < places.size(); i++) {
      if (places.get(i).byteSize() != contents.get(i).byteSize()) {
        throw new IllegalArgumentException(
            "Cannot plan " + path + ": " + places.get(i) + " is to take " + contents.get(i));
      }
    }
  }
}
