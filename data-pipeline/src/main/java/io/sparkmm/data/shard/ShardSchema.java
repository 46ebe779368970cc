package io.sparkmm.data.shard;

import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/**
 * The columns of a shard file. Lists have the three levels that the Parquet format describes, so
 * any reader shows them as {@code array<int>} and {@code array<struct>}.
 */
final class ShardSchema {
  static final String ID = "id";
  static final String INPUT_IDS = "input_ids";
  static final String LABEL_SPANS = "label_spans";
  static final String IMAGES = "images";
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

  /** Columns for conversations to imitate. */
  static final MessageType MESSAGE =
      new MessageType(
          "sample",
          string(ID),
          list(INPUT_IDS, int32(ELEMENT)),
          list(LABEL_SPANS, struct(int32(START), int32(END))),
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

  private ShardSchema() {}

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
