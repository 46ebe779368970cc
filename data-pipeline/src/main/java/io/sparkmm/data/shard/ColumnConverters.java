package io.sparkmm.data.shard;

import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;

/** Hand the values of Parquet columns on. */
final class ColumnConverters {
  private ColumnConverters() {}

  /** A group whose fields are handled by converters in the order of the schema. */
  static final class Group extends GroupConverter {
    private final Converter[] fields;

    Group(Converter... fields) {
      this.fields = fields;
    }

    /** The two groups around the elements of a list. */
    static Group list(Converter element) {
      return new Group(new Group(element));
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

  /** Numbers. */
  static final class Number extends PrimitiveConverter {
    private final IntConsumer target;

    Number(IntConsumer target) {
      this.target = target;
    }

    @Override
    public void addInt(int value) {
      target.accept(value);
    }
  }

  /** Strings. */
  static final class Text extends PrimitiveConverter {
    private final Consumer<String> target;

    Text(Consumer<String> target) {
      this.target = target;
    }

    @Override
    public void addBinary(Binary value) {
      target.accept(value.toStringUsingUTF8());
    }
  }

  /** Byte arrays. */
  static final class Bytes extends PrimitiveConverter {
    private final Consumer<byte[]> target;

    Bytes(Consumer<byte[]> target) {
      this.target = target;
    }

    @Override
    public void addBinary(Binary value) {
      target.accept(value.getBytes());
    }
  }
}
