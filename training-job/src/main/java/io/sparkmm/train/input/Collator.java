package io.sparkmm.train.input;

import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes a micro-batch of samples: rows padded on the right, pictures in the order of the rows.
 *
 * <ul>
 *   <li>Preference pairs give two rows each: first all chosen answers, then all rejected ones. The
 *       pictures stand there twice in the same way.
 *   <li>A packed row knows the record of each of its tokens. With neat packing its padding has
 *       attention 0, and the first token of a record is no target, since no token of that record
 *       comes before it. Without it the row's own padding has attention 1.
 *   <li>When no sample has a picture, a blank one is added behind the first row with attention 0
 *       and no labels: the vision tower then takes part in every worker's backward computation.
 * </ul>
 *
 * <p>Thread-safe.
 */
public final class Collator {
  private final CollatorSettings settings;
  private final PixelPatches blank;

  /** A row to be. */
  private record Row(String id, TokenRow tokens, List<PackedSegment> segments) {}

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
   * @param samples at least one, all of one kind
   */
  public HostBatch collate(List<DecodedSample> samples) {
    List<Row> rows = rows(samples);
    List<PixelPatches> pictures = new ArrayList<>();
    for (int times = rows.size() / samples.size(); times > 0; times--) {
      samples.forEach(sample -> pictures.addAll(sample.pictures()));
    }
    boolean addBlank = pictures.isEmpty();
    if (addBlank) {
      pictures.add(blank);
    }
    int longest = rows.get(0).tokens().length() + (addBlank ? blankTokens() : 0);
    for (Row row : rows) {
      longest = Math.max(longest, row.tokens().length());
    }
    Cells cells = new Cells(rows.size(), roundUp(longest, settings.padding().multiple()));
    for (int row = 0; row < rows.size(); row++) {
      cells.put(row, rows.get(row));
    }
    if (addBlank) {
      cells.putBlank(rows.get(0).tokens().length());
    }
    return new HostBatch(
        rows.size(),
        cells.columns,
        cells.ids,
        cells.attention,
        cells.labels,
        pixels(pictures),
        pictures.stream().map(picture -> grid(picture.grid())).toList(),
        rows.stream().map(Row::id).toList(),
        rows.get(0).segments().isEmpty()
            ? Optional.empty()
            : Optional.of(new RowSegments(cells.segments, settings.neatPacking())));
  }

  private static List<Row> rows(List<DecodedSample> samples) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("Cannot make a batch of no samples");
    }
    List<Row> chosen = new ArrayList<>();
    List<Row> rejected = new ArrayList<>();
    for (DecodedSample decoded : samples) {
      var sample = decoded.sample();
      chosen.add(new Row(sample.id(), sample.row(), sample.segments()));
      sample.rejected().ifPresent(row -> rejected.add(new Row(sample.id(), row, List.of())));
    }
    long packed = chosen.stream().filter(row -> !row.segments().isEmpty()).count();
    if ((!rejected.isEmpty() && rejected.size() != chosen.size())
        || (packed != 0 && packed != chosen.size())) {
      throw new IllegalArgumentException(
          "Cannot make a batch of samples of different kinds: "
              + chosen.stream().map(Row::id).toList());
    }
    chosen.addAll(rejected);
    return chosen;
  }

  private int blankTokens() {
    return blank.grid().tokens(settings.mergeSize()) + 2;
  }

  /** The arrays of a batch. */
  private final class Cells {
    final int columns;
    final long[] ids;
    final long[] attention;
    final long[] labels;
    final long[] segments;

    Cells(int rows, int columns) {
      int cells = Math.multiplyExact(rows, columns);
      this.columns = columns;
      this.ids = new long[cells];
      this.attention = new long[cells];
      this.labels = new long[cells];
      this.segments = new long[cells];
      Arrays.fill(ids, settings.padding().token());
      Arrays.fill(labels, settings.padding().label());
    }

    void put(int row, Row content) {
      int first = row * columns;
      int[] rowIds = content.tokens().inputIds();
      int[] rowLabels = content.tokens().labels();
      for (int i = 0; i < rowIds.length; i++) {
        ids[first + i] = rowIds[i];
        labels[first + i] = rowLabels[i];
      }
      boolean neat = settings.neatPacking() && !content.segments().isEmpty();
      int at = first;
      int number = 1;
      for (PackedSegment segment : content.segments()) {
        Arrays.fill(segments, at, at + segment.length(), number++);
        if (neat) {
          labels[at] = CollatorSettings.IGNORED;
        }
        at += segment.length();
      }
      Arrays.fill(attention, first, neat ? at : first + rowIds.length, 1);
    }

    void putBlank(int from) {
      int to = from + blankTokens();
      Arrays.fill(ids, from, to, settings.picture().image());
      Arrays.fill(labels, from, to, CollatorSettings.IGNORED);
      ids[from] = settings.picture().start();
      ids[to - 1] = settings.picture().end();
    }
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
