package io.sparkmm.train.generate;

import io.sparkmm.train.input.HostBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A text to continue.
 *
 * @param id name for messages
 * @param ids token ids, placeholders of pictures expanded
 * @param pixelValues patches of its pictures, {@code [N*C*T*P*P]}
 * @param imageGrids per picture {@code (t, h, w)} in patches before merging
 */
public record Prompt(String id, long[] ids, float[] pixelValues, List<int[]> imageGrids) {
  public Prompt {
    imageGrids = List.copyOf(imageGrids);
    if (ids.length == 0) {
      throw new IllegalArgumentException("Cannot continue " + id + ": it has no tokens");
    }
  }

  /** Puts prompts into one batch, padded on the left; no position has a label. */
  public static HostBatch batch(List<Prompt> prompts, long padId) {
    int columns = 0;
    int values = 0;
    for (Prompt prompt : prompts) {
      columns = Math.max(columns, prompt.ids.length);
      values = Math.addExact(values, prompt.pixelValues.length);
    }
    int cells = Math.multiplyExact(prompts.size(), columns);
    long[] ids = new long[cells];
    long[] mask = new long[cells];
    long[] labels = new long[cells];
    Arrays.fill(ids, padId);
    Arrays.fill(labels, -100);
    float[] pixels = new float[values];
    List<int[]> grids = new ArrayList<>();
    List<String> names = new ArrayList<>();
    int row = 0;
    int pixel = 0;
    for (Prompt prompt : prompts) {
      int first = (row + 1) * columns - prompt.ids.length;
      System.arraycopy(prompt.ids, 0, ids, first, prompt.ids.length);
      Arrays.fill(mask, first, first + prompt.ids.length, 1);
      System.arraycopy(prompt.pixelValues, 0, pixels, pixel, prompt.pixelValues.length);
      pixel += prompt.pixelValues.length;
      grids.addAll(prompt.imageGrids);
      names.add(prompt.id);
      row++;
    }
    return new HostBatch(prompts.size(), columns, ids, mask, labels, pixels, grids, names);
  }
}
