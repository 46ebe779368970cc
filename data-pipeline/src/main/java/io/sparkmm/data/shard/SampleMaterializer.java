package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.shard.ColumnConverters.Bytes;
import io.sparkmm.data.shard.ColumnConverters.Group;
import io.sparkmm.data.shard.ColumnConverters.Number;
import io.sparkmm.data.shard.ColumnConverters.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.RecordMaterializer;

/** Puts samples together from the columns of a {@link ShardSchema}. */
final class SampleMaterializer extends RecordMaterializer<EncodedSample> {
  private final SampleKind kind;
  private final TokenRowConverter row = new TokenRowConverter();
  private final TokenRowConverter rejected = new TokenRowConverter();
  private final Group root;

  private String id = "";
  private List<EncodedImage> images = new ArrayList<>();
  private List<PackedSegment> segments = new ArrayList<>();

  SampleMaterializer(SampleKind kind) {
    this.kind = kind;
    List<Converter> columns = new ArrayList<>();
    columns.add(new Text(value -> id = value));
    columns.add(row.ids());
    columns.add(row.spans());
    columns.add(Group.list(new ImageConverter()));
    if (kind == SampleKind.PREFERENCE) {
      columns.add(rejected.ids());
      columns.add(rejected.spans());
    } else if (kind == SampleKind.PACKED) {
      columns.add(Group.list(new SegmentConverter()));
    }
    this.root = new Group(columns.toArray(Converter[]::new));
  }

  @Override
  public EncodedSample getCurrentRecord() {
    Optional<TokenRow> other =
        kind == SampleKind.PREFERENCE ? Optional.of(rejected.take()) : Optional.empty();
    EncodedSample sample = new EncodedSample(id, row.take(), images, other, segments);
    images = new ArrayList<>();
    segments = new ArrayList<>();
    return sample;
  }

  @Override
  public GroupConverter getRootConverter() {
    return root;
  }

  private final class SegmentConverter extends GroupConverter {
    private final int[] numbers = new int[2];
    private String record = "";
    private final Converter[] fields = {
      new Text(value -> record = value),
      new Number(value -> numbers[0] = value),
      new Number(value -> numbers[1] = value)
    };

    @Override
    public Converter getConverter(int fieldIndex) {
      return fields[fieldIndex];
    }

    @Override
    public void start() {
      // All fields are required, so all are set before the end.
    }

    @Override
    public void end() {
      segments.add(new PackedSegment(record, numbers[0], numbers[1]));
    }
  }

  private final class ImageConverter extends GroupConverter {
    private static final int NUMBERS = 5;

    private final int[] numbers = new int[NUMBERS];
    private final Converter[] fields = new Converter[2 + NUMBERS];
    private String path = "";
    private Optional<byte[]> bytes = Optional.empty();

    ImageConverter() {
      fields[0] = new Text(value -> path = value);
      fields[1] = new Bytes(value -> bytes = Optional.of(value));
      for (int i = 0; i < NUMBERS; i++) {
        int index = i;
        fields[2 + i] = new Number(value -> numbers[index] = value);
      }
    }

    @Override
    public Converter getConverter(int fieldIndex) {
      return fields[fieldIndex];
    }

    @Override
    public void start() {
      bytes = Optional.empty();
    }

    @Override
    public void end() {
      images.add(
          new EncodedImage(
              path, bytes, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]));
    }
  }
}
