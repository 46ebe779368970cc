package io.sparkmm.data.encode;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Packs conversations into rows of one length. A row ends with at least one token of padding.
 *
 * @param rowLength tokens of a row, at least 2
 * @param padId token that fills rows up
 */
public record RowPacker(int rowLength, int padId) implements Packer {
  public RowPacker {
    if (rowLength < 2) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot pack rows of " + rowLength + " tokens: the length has to be at least 2");
    }
  }

  /** Most tokens of a record that can be packed into rows of a length: one token is padding. */
  public static int recordLength(int rowLength) {
    return rowLength - 1;
  }

  /**
   * Packs the records of one window.
   *
   * @param records each with at most {@link #recordLength} tokens
   * @return rows in the order in which they were filled; a row has the name of its first record
   */
  @Override
  public List<EncodedSample> pack(List<EncodedSample> records) {
    int[] lengths = records.stream().mapToInt(record -> record.row().length()).toArray();
    List<EncodedSample> rows = new ArrayList<>();
    for (List<Integer> numbers : GreedyKnapsack.fill(lengths, recordLength(rowLength))) {
      rows.add(row(numbers.stream().map(records::get).toList()));
    }
    return rows;
  }

  private EncodedSample row(List<EncodedSample> records) {
    int[] ids = new int[rowLength];
    List<LabelSpan> spans = new ArrayList<>();
    List<EncodedImage> images = new ArrayList<>();
    List<PackedSegment> segments = new ArrayList<>();
    int position = 0;
    for (EncodedSample record : records) {
      int length = record.row().length();
      System.arraycopy(record.inputIds(), 0, ids, position, length);
      for (LabelSpan span : record.labelSpans()) {
        spans.add(new LabelSpan(position + span.start(), position + span.end()));
      }
      images.addAll(record.images());
      segments.add(new PackedSegment(record.id(), length, record.images().size()));
      position += length;
    }
    Arrays.fill(ids, position, rowLength, padId);
    return new EncodedSample(
        segments.get(0).id(), new TokenRow(ids, spans), images, Optional.empty(), segments);
  }
}
