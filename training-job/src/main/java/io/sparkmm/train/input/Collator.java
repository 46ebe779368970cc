package io.sparkmm.train.input;

import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.PixelPatches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Makes a micro-batch of samples: rows padded on the right, pictures in sample order.
 *
 * <p>When no sample has a picture, a blank one is added behind the first row with attention 0 and
 * no labels: the vision tower then takes part in every worker's backward computation. Thread-safe.
 */
public final class Collator {
  private final CollatorSettings settings;
  private final PixelPatches blank;

  /**
   * Makes a collator.
   *
   * @param blank patches of the picture that stands in when there is none
   */
  public Collator(CollatorSettings settings, PixelPatches blank) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.blank = Objects.requireNonNull(blank, "blank");
  }

  /**
   * Collates samples.
   *
   * @param samples at least one
   */
  public HostBatch collate(List<DecodedSample> samples) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("Cannot make a batch of no samples");
    }
    List<PixelPatches> pictures = new ArrayList<>();
    samples.forEach(sample -> pictures.addAll(sample.pictures()));
    boolean addBlank = pictures.isEmpty();
    if (addBlank) {
      pictures.add(blank);
    }
    int rows = samples.size();
    int longest = 0;
    for (int row = 0; row < rows; row++) {
      int length = samples.get(row).sample().inputIds().length;
      longest = Math.max(longest, row == 0 && addBlank ? length + blankTokens() : length);
    }
    int columns = roundUp(longest, settings.multiple());
    long[] ids = new long[rows * columns];
    long[] attention = new long[rows * columns];
    long[] labels = new long[rows * columns];
    Arrays.fill(ids, settings.padToken());
    Arrays.fill(labels, settings.padLabel());
    for (int row = 0; row < rows; row++) {
      int[] sampleIds = samples.get(row).sample().inputIds();
      int[] sampleLabels = samples.get(row).sample().labels();
      for (int i = 0; i < sampleIds.length; i++) {
        ids[row * columns + i] = sampleIds[i];
        attention[row * columns + i] = 1;
        labels[row * columns + i] = sampleLabels[i];
      }
    }
    if (addBlank) {
      putBlank(ids, labels, samples.get(0).sample().inputIds().length);
    }
    return new HostBatch(
        rows,
        columns,
        ids,
        attention,
        labels,
        pixels(pictures),
        pictures.stream().map(picture -> grid(picture.grid())).toList(),
        samples.stream().map(sample -> sample.sample().id()).toList());
  }

  private int blankTokens() {
    return blank.grid().tokens(settings.mergeSize()) + 2;
  }

  private void putBlank(long[] ids, long[] labels, int from) {
    int to = from + blankTokens();
    Arrays.fill(ids, from, to, settings.picture().image());
    Arrays.fill(labels, from, to, CollatorSettings.IGNORED);
    ids[from] = settings.picture().start();
    ids[to - 1] = settings.picture().end();
  }

  private static float[] pixels(List<PixelPatches> pictures) {
    int length = 0;
    for (PixelPatches picture : pictures) {
      length = Math.addExact(length, picture.rows().length);
    }
    float[] all = new float[length];
    int at = 0;
    for (PixelPatches picture : pictures) {
      System.arraycopy(picture.rows(), 0, all, at, picture.rows().length);
      at += picture.rows().length;
    }
    return all;
  }

  private static int roundUp(int length, int multiple) {
    return Math.multiplyExact((length + multiple - 1) / multiple, multiple);
  }

  private static int[] grid(PatchGrid grid) {
    return new int[] {grid.t(), grid.h(), grid.w()};
  }
}
