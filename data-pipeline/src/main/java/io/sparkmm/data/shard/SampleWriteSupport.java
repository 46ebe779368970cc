package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.sample.TokenRow;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/** Hands samples to Parquet column by column. */
final class SampleWriteSupport extends WriteSupport<EncodedSample> {
  private final SampleKind kind;
  private RecordConsumer consumer;

  SampleWriteSupport(SampleKind kind) {
    this.kind = kind;
  }

  // The replacement's parameter type does not exist in the Parquet of Spark 3.5.
  @SuppressWarnings("deprecation")
  @Override
  public WriteContext init(Configuration configuration) {
    return new WriteContext(ShardSchema.of(kind), Map.of());
  }

  @Override
  public void prepareForWrite(RecordConsumer recordConsumer) {
    consumer = recordConsumer;
  }

  @Override
  public void write(EncodedSample sample) {
    consumer.startMessage();
    string(ShardSchema.ID, 0, sample.id());
    writeIds(ShardSchema.INPUT_IDS, 1, sample.inputIds());
    writeList(ShardSchema.LABEL_SPANS, 2, sample.labelSpans(), this::writeSpan);
    writeList(ShardSchema.IMAGES, 3, sample.images(), this::writeImage);
    if (sample.rejected().isPresent()) {
      TokenRow rejected = sample.rejected().get();
      writeIds(ShardSchema.REJECTED_INPUT_IDS, 4, rejected.inputIds());
      writeList(ShardSchema.REJECTED_LABEL_SPANS, 5, rejected.labelSpans(), this::writeSpan);
    } else if (!sample.segments().isEmpty()) {
      writeList(ShardSchema.SEGMENTS, 4, sample.segments(), this::writeSegment);
    }
    consumer.endMessage();
  }

  private void writeIds(String name, int index, int[] ids) {
    consumer.startField(name, index);
    consumer.startGroup();
    if (ids.length > 0) {
      consumer.startField(ShardSchema.LIST, 0);
      for (int id : ids) {
        consumer.startGroup();
        integer(ShardSchema.ELEMENT, 0, id);
        consumer.endGroup();
      }
      consumer.endField(ShardSchema.LIST, 0);
    }
    consumer.endGroup();
    consumer.endField(name, index);
  }

  private <T> void writeList(String name, int index, List<T> elements, Consumer<T> fields) {
    consumer.startField(name, index);
    consumer.startGroup();
    if (!elements.isEmpty()) {
      consumer.startField(ShardSchema.LIST, 0);
      for (T element : elements) {
        consumer.startGroup();
        consumer.startField(ShardSchema.ELEMENT, 0);
        consumer.startGroup();
        fields.accept(element);
        consumer.endGroup();
        consumer.endField(ShardSchema.ELEMENT, 0);
        consumer.endGroup();
      }
      consumer.endField(ShardSchema.LIST, 0);
    }
    consumer.endGroup();
    consumer.endField(name, index);
  }

  private void writeSpan(LabelSpan span) {
    integer(ShardSchema.START, 0, span.start());
    integer(ShardSchema.END, 1, span.end());
  }

  private void writeSegment(PackedSegment segment) {
    string(ShardSchema.ID, 0, segment.id());
    integer(ShardSchema.LENGTH, 1, segment.length());
    integer(ShardSchema.IMAGES, 2, segment.images());
  }

  private void writeImage(EncodedImage image) {
    string(ShardSchema.PATH, 0, image.path());
    if (image.bytes().isPresent()) {
      consumer.startField(ShardSchema.BYTES, 1);
      consumer.addBinary(Binary.fromConstantByteArray(image.bytes().get()));
      consumer.endField(ShardSchema.BYTES, 1);
    }
    integer(ShardSchema.HEIGHT, 2, image.height());
    integer(ShardSchema.WIDTH, 3, image.width());
    integer(ShardSchema.GRID_T, 4, image.gridT());
    integer(ShardSchema.GRID_H, 5, image.gridH());
    integer(ShardSchema.GRID_W, 6, image.gridW());
  }

  private void string(String name, int index, String value) {
    consumer.startField(name, index);
    consumer.addBinary(Binary.fromString(value));
    consumer.endField(name, index);
  }

  private void integer(String name, int index, int value) {
    consumer.startField(name, index);
    consumer.addInteger(value);
    consumer.endField(name, index);
  }
}
