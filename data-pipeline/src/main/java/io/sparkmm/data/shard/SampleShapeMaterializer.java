package io.sparkmm.data.shard;

import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.shard.ColumnConverters.Group;
import io.sparkmm.data.shard.ColumnConverters.Number;
import io.sparkmm.data.shard.ColumnConverters.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.RecordMaterializer;

/** Counts what is in the columns of {@link ShardSchema#shapes}. */
final class SampleShapeMaterializer extends RecordMaterializer<SampleShape> {
  private final RowCounter row = new RowCounter();
  private final RowCounter rejected = new RowCounter();
  private final boolean pairs;
  private final Group root;

  private String id = "";
  private String record = "";
  private List<SampleShape.Picture> pictures = new ArrayList<>();
  private List<PackedSegment> segments = new ArrayList<>();

  SampleShapeMaterializer(SampleKind kind) {
    this.pairs = kind == SampleKind.PREFERENCE;
    List<Converter> columns = new ArrayList<>();
    columns.add(new Text(value -> id = value));
    columns.add(row.ids());
    columns.add(row.spans());
    columns.add(
        Group.list(
            new Numbers(
                5,
                0,
                at ->
                    pictures.add(
                        new SampleShape.Picture(at[0], at[1], (long) at[2] * at[3] * at[4])))));
    if (pairs) {
      columns.add(rejected.ids());
      columns.add(rejected.spans());
    } else if (kind == SampleKind.PACKED) {
      columns.add(
          Group.list(
              new Numbers(
                  2,
                  1,
                  at -> segments.add(new PackedSegment(record, at[0], at[1])),
                  new Text(value -> record = value))));
    }
    this.root = new Group(columns.toArray(Converter[]::new));
  }

  @Override
  public SampleShape getCurrentRecord() {
    Optional<SampleShape.Row> other = pairs ? Optional.of(rejected.take()) : Optional.empty();
    SampleShape shape = new SampleShape(id, row.take(), other, pictures, segments);
    pictures = new ArrayList<>();
    segments = new ArrayList<>();
    return shape;
  }

  @Override
  public GroupConverter getRootConverter() {
    return root;
  }

  /** Counts the tokens of the two columns of a row. */
  private static final class RowCounter {
    private int tokens;
    private int supervised;

    Converter ids() {
      return Group.list(new Number(value -> tokens++));
    }

    Converter spans() {
      return Group.list(new Numbers(2, 0, bounds -> supervised += bounds[1] - bounds[0]));
    }

    SampleShape.Row take() {
      SampleShape.Row row = new SampleShape.Row(tokens, supervised);
      tokens = 0;
      supervised = 0;
      return row;
    }
  }

  /** A group of required numbers, behind columns of other types. */
  private static final class Numbers extends GroupConverter {
    private final Converter[] fields;
    private final int[] values;
    private final Consumer<int[]> target;

    /**
     * @param count how many numbers
     * @param before how many columns stand before them
     */
    Numbers(int count, int before, Consumer<int[]> target, Converter... others) {
      this.values = new int[count];
      this.target = target;
      this.fields = new Converter[before + count];
      System.arraycopy(others, 0, fields, 0, before);
      for (int i = 0; i < count; i++) {
        int index = i;
        fields[before + i] = new Number(value -> values[index] = value);
      }
    }

    @Override
    public Converter getConverter(int fieldIndex) {
      return fields[fieldIndex];
    }

    @Override
    public void start() {
      // All numbers are required, so all are set before the end.
    }

    @Override
    public void end() {
      target.accept(values);
    }
  }
}
