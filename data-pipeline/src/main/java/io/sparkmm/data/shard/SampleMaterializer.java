package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordMaterializer;

/** Puts samples together from the columns of {@link ShardSchema#MESSAGE}. */
final class SampleMaterializer extends RecordMaterializer<EncodedSample> {
  private final SpanConverter spanConverter = new SpanConverter();
  private final ImageConverter imageConverter = new ImageConverter();
  private final Group root =
      new Group(
          new Text(value -> id = value),
          new Group(new Group(new Number(this::addId))),
          new Group(new Group(spanConverter)),
          new Group(new Group(imageConverter)));

  private String id = "";
  private int[] ids = new int[256];
  private int idCount;
  private List<LabelSpan> spans = new ArrayList<>();
  private List<EncodedImage> images = new ArrayList<>();

  @Override
  public EncodedSample getCurrentRecord() {
    EncodedSample sample = new EncodedSample(id, Arrays.copyOf(ids, idCount), spans, images);
    idCount = 0;
    spans = new ArrayList<>();
    images = new ArrayList<>();
    return sample;
  }

  @Override
  public GroupConverter getRootConverter() {
    return root;
  }

  private void addId(int value) {
    if (idCount == ids.length) {
      ids = Arrays.copyOf(ids, 2 * idCount);
    }
    ids[idCount++] = value;
  }

  /** A group whose fields are handled by converters in the order of the schema. */
  private static final class Group extends GroupConverter {
    private final Converter[] fields;

    Group(Converter... fields) {
      this.fields = fields;
    }

    @Override
    public Converter getConverter(int fieldIndex) {
      return fields[fieldIndex];
    }

    @Override
    public void start() {
      // Nothing is collected per group.
    }

    @Override
    public void end() {
      // Nothing is collected per group.
    }
  }

  private static final class Number extends PrimitiveConverter {
    private final IntConsumer target;

    Number(IntConsumer target) {
      this.target = target;
    }

    @Override
    public void addInt(int value) {
      target.accept(value);
    }
  }

  private static final class Text extends PrimitiveConverter {
    private final Consumer<String> target;

    Text(Consumer<String> target) {
      this.target = target;
    }

    @Override
    public void addBinary(Binary value) {
      target.accept(value.toStringUsingUTF8());
    }
  }

  private static final class Bytes extends PrimitiveConverter {
    private final Consumer<byte[]> target;

    Bytes(Consumer<byte[]> target) {
      this.target = target;
    }

    @Override
    public void addBinary(Binary value) {
      target.accept(value.getBytes());
    }
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
