package io.sparkmm.data.shard;

import io.sparkmm.data.sample.SampleKind;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/**
 * The columns of a shard file. Lists have the three levels that the Parquet format describes, so
 * any reader shows them as {@code array<int>} and {@code array<struct>}.
 *
 * <p>The first columns are the same for all kinds of samples.
 */
final class ShardSchema {
  static final String ID = "id";
  static final String INPUT_IDS = "input_ids";
  static final String LABEL_SPANS = "label_spans";
  static final String IMAGES = "images";
  static final String REJECTED_INPUT_IDS = "rejected_input_ids";
  static final String REJECTED_LABEL_SPANS = "rejected_label_spans";
  static final String SEGMENTS = "segments";
  static final String LENGTH = "length";
  static final String LIST = "list";
  static final String ELEMENT = "element";
  static final String START = "start";
  static final String END = "end";
  static final String PATH = "path";
  static final String BYTES = "bytes";
  static final String HEIGHT = "height";
  static final String WIDTH = "width";
  static final String GRID_T = "grid_t";
  static final String GRID_H = "grid_h";
  static final String GRID_W = "grid_w";

  private static final MessageType ROWS = message(List.of());
  private static final MessageType PAIRS =
      message(List.of(ids(REJECTED_INPUT_IDS), spans(REJECTED_LABEL_SPANS)));
  private static final MessageType PACKED_ROWS =
      message(List.of(list(SEGMENTS, struct(string(ID), int32(LENGTH), int32(IMAGES)))));

  private ShardSchema() {}

  /** The columns for samples of a kind. */
  static MessageType of(SampleKind kind) {
    return switch (kind) {
      case SFT, PRETRAIN -> ROWS;
      case PREFERENCE -> PAIRS;
      case PACKED -> PACKED_ROWS;
    };
  }

  /** The same columns without the paths and bytes of pictures. */
  static MessageType shapes(SampleKind kind) {
    List<Type> columns = new ArrayList<>(of(kind).getFields());
    columns.set(
        columns.indexOf(of(kind).getType(IMAGES)),
        list(
            IMAGES,
            struct(int32(HEIGHT), int32(WIDTH), int32(GRID_T), int32(GRID_H), int32(GRID_W))));
    return new MessageType(of(kind).getName(), columns);
  }

  private static MessageType message(List<Type> more) {
    List<Type> columns = new ArrayList<>();
    columns.add(string(ID));
    columns.add(ids(INPUT_IDS));
    columns.add(spans(LABEL_SPANS));
    columns.add(
        list(
            IMAGES,
            struct(
                string(PATH),
                Types.optional(PrimitiveTypeName.BINARY).named(BYTES),
                int32(HEIGHT),
                int32(WIDTH),
                int32(GRID_T),
                int32(GRID_H),
                int32(GRID_W))));
    columns.addAll(more);
    return new MessageType("sample", columns);
  }

  private static Type ids(String name) {
    return list(name, int32(ELEMENT));
  }

  private static Type spans(String name) {
    return list(name, struct(int32(START), int32(END)));
  }

  private static Type string(String name) {
    return Types.required(PrimitiveTypeName.BINARY)
        .as(LogicalTypeAnnotation.stringType())
        .named(name);
  }

  private static Type int32(String name) {
    return Types.required(PrimitiveTypeName.INT32).named(name);
  }

  private static Type struct(Type... fields) {
    return Types.requiredGroup().addFields(fields).named(ELEMENT);
  }

  private static Type list(String name, Type element) {
    return Types.requiredGroup()
        .as(LogicalTypeAnnotation.listType())
        .addField(Types.repeatedGroup().addField(element).named(LIST))
        .named(name);
  }
}
