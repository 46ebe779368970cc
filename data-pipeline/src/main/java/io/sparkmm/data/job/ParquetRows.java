package io.sparkmm.data.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Reads some columns of a Parquet file's row group as JSON, one row after the other. Texts become
 * texts, other bytes binary values, structs objects and lists arrays.
 */
final class ParquetRows implements AutoCloseable {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final String file;
  private final ParquetFileReader reader;
  private final RecordReader<Group> records;
  private final long rows;
  private long done;

  private ParquetRows(
      String file, ParquetFileReader reader, RecordReader<Group> records, long rows) {
    this.file = file;
    this.reader = reader;
    this.records = records;
    this.rows = rows;
  }

  /**
   * The row groups of a file.
   *
   * @param firstRow number of the file's first row
   * @throws DataException of kind {@code SOURCE} if the file is no Parquet file
   */
  static List<RlhfVPart> rowGroups(String file, long firstRow, Configuration configuration) {
    try (ParquetFileReader reader = open(file, configuration)) {
      List<RlhfVPart> groups = new ArrayList<>();
      long first = firstRow;
      for (BlockMetaData block : reader.getRowGroups()) {
        long bytes = block.getTotalByteSize();
        groups.add(new RlhfVPart.RowGroup(file, groups.size(), first, block.getRowCount(), bytes));
        first += block.getRowCount();
      }
      return groups;
    } catch (IOException | RuntimeException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Opens a row group.
   *
   * @param columns names of the columns to read, where there are such
   */
  static ParquetRows open(
      RlhfVPart.RowGroup group, Set<String> columns, Configuration configuration) {
    ParquetFileReader reader = null;
    try {
      reader = open(group.file(), configuration);
      MessageType whole = reader.getFileMetaData().getSchema();
      List<Type> wanted =
          whole.getFields().stream().filter(field -> columns.contains(field.getName())).toList();
      MessageType schema = new MessageType(whole.getName(), wanted);
      reader.setRequestedSchema(schema);
      PageReadStore pages = reader.readRowGroup(group.rowGroup());
      RecordReader<Group> records =
          new ColumnIOFactory()
              .getColumnIO(schema, whole)
              .getRecordReader(pages, new GroupRecordConverter(schema));
      return new ParquetRows(group.file(), reader, records, pages.getRowCount());
    } catch (IOException | RuntimeException e) {
      close(reader, e);
      throw unreadable(group.file(), e);
    }
  }

  private static ParquetFileReader open(String file, Configuration configuration)
      throws IOException {
    return ParquetFileReader.open(HadoopInputFile.fromPath(new Path(file), configuration));
  }

  boolean hasNext() {
    return done < rows;
  }

  /** The next row. */
  JsonNode next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    try {
      Group group = records.read();
      done++;
      return object(group);
    } catch (RuntimeException e) {
      throw unreadable(file, e);
    }
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static ObjectNode object(Group group) {
    ObjectNode node = NODES.objectNode();
    GroupType type = group.getType();
    for (int field = 0; field < type.getFieldCount(); field++) {
      node.set(type.getFieldName(field), field(group, field));
    }
    return node;
  }

  private static JsonNode field(Group group, int field) {
    Type type = group.getType().getType(field);
    int values = group.getFieldRepetitionCount(field);
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      ArrayNode array = NODES.arrayNode(values);
      for (int i = 0; i < values; i++) {
        array.add(value(group, field, i));
      }
      return array;
    }
    return values == 0 ? NODES.nullNode() : value(group, field, 0);
  }

  private static JsonNode value(Group group, int field, int index) {
    Type type = group.getType().getType(field);
    if (type.isPrimitive()) {
      return primitive(group, field, index);
    }
    Group value = group.getGroup(field, index);
    boolean list =
        type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation;
    return list ? list(value) : object(value);
  }

  /** A list holds one repeated field, whose only field is the element, or which is the element. */
  private static ArrayNode list(Group list) {
    Type repeated = list.getType().getType(0);
    boolean wrapped =
        !repeated.isPrimitive()
            && repeated.asGroupType().getFieldCount() == 1
            && !repeated.getName().equals("array");
    ArrayNode array = NODES.arrayNode();
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      array.add(wrapped ? field(list.getGroup(0, i), 0) : value(list, 0, i));
    }
    return array;
  }

  private static JsonNode primitive(Group group, int field, int index) {
    Type type = group.getType().getType(field);
    return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
      case BINARY, FIXED_LEN_BYTE_ARRAY ->
          type.getLogicalTypeAnnotation() == null
              ? NODES.binaryNode(group.getBinary(field, index).getBytes())
              : NODES.textNode(group.getString(field, index));
      case BOOLEAN -> NODES.booleanNode(group.getBoolean(field, index));
      case INT32 -> NODES.numberNode(group.getInteger(field, index));
      case INT64 -> NODES.numberNode(group.getLong(field, index));
      case FLOAT -> NODES.numberNode(group.getFloat(field, index));
      case DOUBLE -> NODES.numberNode(group.getDouble(field, index));
      case INT96 -> NODES.binaryNode(group.getInt96(field, index).getBytes());
    };
  }

  private static void close(ParquetFileReader reader, Exception failure) {
    if (reader != null) {
      try {
        reader.close();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private static DataException unreadable(String file, Exception cause) {
    return new DataException(
        DataException.Kind.SOURCE,
        "Cannot read " + file + " as Parquet: " + cause.getMessage(),
        cause);
  }
}
