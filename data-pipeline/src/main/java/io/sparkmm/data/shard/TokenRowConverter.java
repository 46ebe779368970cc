package io.sparkmm.data.shard;

import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.shard.ColumnConverters.Group;
import io.sparkmm.data.shard.ColumnConverters.Number;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;

/** Collects the two columns of a token row. */
final class TokenRowConverter {
  private static final int FIRST_CAPACITY = 256;

  private int[] ids = new int[FIRST_CAPACITY];
  private int idCount;
  private List<LabelSpan> spans = new ArrayList<>();

  /** The converter of the column of ids. */
  Converter ids() {
    return Group.list(new Number(this::addId));
  }

  /** The converter of the column of spans. */
  Converter spans() {
    return Group.list(new SpanConverter());
  }

  /** The row, after both columns of a record were read. */
  TokenRow take() {
    TokenRow row = new TokenRow(Arrays.copyOf(ids, idCount), spans);
    idCount = 0;
    spans = new ArrayList<>();
    return row;
  }

  private void addId(int value) {
    if (idCount == ids.length) {
      ids = Arrays.copyOf(ids, 2 * idCount);
    }
    ids[idCount++] = value;
  }

  private final class SpanConverter extends GroupConverter {
    private final int[] bounds = new int[2];
    private final Converter start = new Number(value -> bounds[0] = value);
    private final Converter end = new Number(value -> bounds[1] = value);

    @Override
    public Converter getConverter(int fieldIndex) {
      return fieldIndex == 0 ? start : end;
    }

    @Override
    public void start() {
      // Both bounds are required, so both are set before the end.
    }

    @Override
    public void end() {
      spans.add(new LabelSpan(bounds[0], bounds[1]));
    }
  }
}
