package io.sparkmm.convert.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Parses the header of one file and applies every check before any tensor is handed out. */
final class HeaderReader {

  private static final JsonFactory JSON = new JsonFactory();

  /** An entry as it stands in the header; offsets count from the start of the data part. */
  private record Entry(TensorSpec spec, long begin, long end) {}

  /** Twice what PyTorch can do. */
  private static final int MAX_DIMENSIONS = 128;

  private final Path path;
  private final Budget budget;
  private long keys;

  private HeaderReader(Path path, Budget budget) {
    this.path = path;
    this.budget = budget;
  }

  static Header read(Path path, FileChannel channel) throws IOException {
    return read(path, channel, Budget.ofThisJvm());
  }

  static Header read(Path path, FileChannel channel, Budget budget) throws IOException {
    return new HeaderReader(path, budget).read(channel);
  }

  /**
   * What a header may take of the heap: a tensor has three keys and its name, and takes about 600
   * bytes while it is checked.
   */
  record Budget(long maxBytes, long maxKeys) {

    static Budget ofThisJvm() {
      long heap = Runtime.getRuntime().maxMemory();
      return new Budget(heap / 8, heap / 256);
    }
  }

  private Header read(FileChannel channel) throws IOException {
    long fileBytes = channel.size();
    if (fileBytes < Header.LENGTH_BYTES) {
      throw fail(
          Kind.FILE_TOO_SHORT,
          "it has " + fileBytes + " bytes, a safetensors file has at least " + Header.LENGTH_BYTES);
    }
    ByteBuffer length = ByteBuffer.allocate(Header.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    Channels.readFully(channel, 0, length);
    long jsonBytes = length.getLong(0);
    if (jsonBytes < 0 || jsonBytes > Header.MAX_JSON_BYTES) {
      throw fail(
          Kind.HEADER_TOO_LARGE,
          "header length "
              + Long.toUnsignedString(jsonBytes)
              + " exceeds "
              + Header.MAX_JSON_BYTES
              + "; is it a safetensors file?");
    }
    long dataBegin = Header.LENGTH_BYTES + jsonBytes;
    if (dataBegin > fileBytes) {
      throw fail(
          Kind.HEADER_PAST_END,
          "the header ends at byte " + dataBegin + ", the file has " + fileBytes + " bytes");
    }
    if (jsonBytes > budget.maxBytes()) {
      throw fail(
          Kind.HEADER_TOO_LARGE,
          "the header has "
              + jsonBytes
              + " bytes, more than the "
              + budget.maxBytes()
              + " for which this JVM has memory; give it more with -Xmx");
    }
    SortedMap<String, String> metadata = new TreeMap<>();
    List<Entry> entries = parse(channel, jsonBytes, metadata);
    checkRanges(entries, fileBytes - dataBegin);
    List<TensorRef> tensors =
        entries.stream()
            .map(entry -> new TensorRef(entry.spec(), path, dataBegin + entry.begin()))
            .toList();
    return new Header(Collections.unmodifiableSortedMap(metadata), tensors);
  }

  /** Decoding here keeps the JSON parser from guessing UTF-16 or UTF-32. */
  private static Reader decoded(InputStream bytes) {
    return new InputStreamReader(
        bytes,
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));
  }

  private List<Entry> parse(FileChannel channel, long jsonBytes, SortedMap<String, String> metadata)
      throws IOException {
    ByteBuffer first = ByteBuffer.allocate(1);
    if (jsonBytes > 0) {
      Channels.readFully(channel, Header.LENGTH_BYTES, first);
    }
    if (first.get(0) != '{') {
      throw fail(Kind.HEADER_NOT_JSON, "the header does not begin with {");
    }
    InputStream bytes = Channels.stream(channel, Header.LENGTH_BYTES, jsonBytes);
    try (JsonParser parser = JSON.createParser(decoded(bytes))) {
      parser.nextToken();
      List<Entry> entries = new ArrayList<>();
      Set<String> names = new HashSet<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        count();
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
          throw fail(Kind.BAD_ENTRY, "a name has half a surrogate pair: " + name);
        }
        if (!names.add(name)) {
          throw fail(Kind.DUPLICATE_NAME, "the name " + name + " stands twice in the header");
        }
        parser.nextToken();
        if (name.equals(Header.METADATA)) {
          parseMetadata(parser, metadata);
        } else {
          entries.add(parseEntry(parser, name));
        }
      }
      if (parser.nextToken() != null) {
        throw fail(Kind.HEADER_NOT_JSON, "the header goes on after its closing brace");
      }
      return entries;
    } catch (JsonProcessingException e) {
      throw fail(Kind.HEADER_NOT_JSON, "the header is not JSON: " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw fail(Kind.HEADER_NOT_UTF8, "the header is not UTF-8", e);
    }
  }

  private void parseMetadata(JsonParser parser, SortedMap<String, String> metadata)
      throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw fail(Kind.BAD_METADATA, Header.METADATA + " is not an object");
    }
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      count();
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw fail(
            Kind.BAD_METADATA, Header.METADATA + " key " + key + " has a value that is no string");
      }
      if (metadata.put(key, parser.getText()) != null) {
        throw fail(Kind.DUPLICATE_NAME, Header.METADATA + " key " + key + " stands twice");
      }
    }
  }

  private Entry parseEntry(JsonParser parser, String name) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw fail(Kind.BAD_ENTRY, "the entry of tensor " + name + " is not an object");
    }
    Map<String, Object> values = new TreeMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      count();
      parser.nextToken();
      Object value =
          switch (key) {
            case Header.DTYPE -> parseDType(parser, name);
            case Header.SHAPE, Header.DATA_OFFSETS -> parseLongs(parser, name, key);
            default -> {
              parser.skipChildren();
              yield key;
            }
          };
      if (values.put(key, value) != null) {
        throw fail(Kind.DUPLICATE_NAME, "tensor " + name + " has key " + key + " twice");
      }
    }
    for (String key : List.of(Header.DTYPE, Header.SHAPE, Header.DATA_OFFSETS)) {
      if (!values.containsKey(key)) {
        throw fail(Kind.BAD_ENTRY, "tensor " + name + " has no " + key);
      }
    }
    return toEntry(
        name,
        (DType) values.get(Header.DTYPE),
        (Longs) values.get(Header.SHAPE),
        (Longs) values.get(Header.DATA_OFFSETS));
  }

  /** Counts what takes memory: names, metadata, keys of entries. */
  private void count() {
    keys++;
    if (keys > budget.maxKeys()) {
      throw fail(
          Kind.HEADER_TOO_LARGE,
          "the header has more than the "
              + budget.maxKeys()
              + " keys for which this JVM has memory; give it more with -Xmx");
    }
  }

  private record Longs(List<Long> values) {}

  private DType parseDType(JsonParser parser, String name) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw fail(Kind.BAD_ENTRY, "tensor " + name + " has a dtype that is no string");
    }
    String text = parser.getText();
    return DType.find(text)
        .orElseThrow(
            () ->
                fail(
                    Kind.UNKNOWN_DTYPE,
                    "tensor " + name + " has dtype " + text + "; known are " + DType.names()));
  }

  private Longs parseLongs(JsonParser parser, String name, String key) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw fail(Kind.BAD_ENTRY, "tensor " + name + " has a " + key + " that is no array");
    }
    List<Long> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      boolean isLong =
          parser.currentToken() == JsonToken.VALUE_NUMBER_INT
              && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
              && parser.getLongValue() >= 0;
      if (!isLong) {
        throw fail(
            Kind.BAD_ENTRY,
            "tensor "
                + name
                + " has in "
                + key
                + " a value that is no whole number from 0 to 2^63-1: "
                + parser.getText());
      }
      if (values.size() == MAX_DIMENSIONS) {
        throw fail(
            Kind.BAD_ENTRY,
            "tensor " + name + " has in " + key + " more than " + MAX_DIMENSIONS + " numbers");
      }
      values.add(parser.getLongValue());
    }
    return new Longs(values);
  }

  private Entry toEntry(String name, DType dtype, Longs shape, Longs offsets) {
    if (name.isEmpty()) {
      throw fail(Kind.BAD_ENTRY, "a tensor has the empty name");
    }
    if (offsets.values().size() != 2) {
      throw fail(
          Kind.BAD_ENTRY,
          "tensor " + name + " has " + offsets.values().size() + " data_offsets instead of 2");
    }
    long begin = offsets.values().get(0);
    long end = offsets.values().get(1);
    if (end < begin) {
      throw fail(
          Kind.BAD_OFFSETS, "tensor " + name + " ends at " + end + ", before its begin " + begin);
    }
    TensorSpec spec;
    try {
      spec = new TensorSpec(name, dtype, shape.values());
    } catch (IllegalArgumentException e) {
      throw fail(
          Kind.SIZE_OVERFLOW,
          "tensor " + name + " of shape " + shape.values() + " has more bytes than fit 63 bits",
          e);
    }
    if (end - begin != spec.byteSize()) {
      throw fail(
          Kind.SIZE_MISMATCH,
          "tensor "
              + name
              + " of "
              + dtype
              + " "
              + spec.shape()
              + " needs "
              + spec.byteSize()
              + " bytes, its data_offsets hold "
              + (end - begin));
    }
    return new Entry(spec, begin, end);
  }

  /** Sorts the entries by position and demands that they fill the data part exactly. */
  private void checkRanges(List<Entry> entries, long dataBytes) {
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long expected = 0;
    for (Entry entry : entries) {
      String name = entry.spec().name();
      if (entry.begin() > expected) {
        throw fail(
            Kind.GAP,
            "bytes "
                + expected
                + " to "
                + entry.begin()
                + ", before tensor "
                + name
                + ", are used by no tensor");
      }
      if (entry.begin() < expected) {
        throw fail(
            Kind.OVERLAP,
            "tensor "
                + name
                + " begins at "
                + entry.begin()
                + ", inside the tensor before it, which ends at "
                + expected);
      }
      if (entry.end() > dataBytes) {
        throw fail(
            Kind.DATA_PAST_END,
            "tensor "
                + name
                + " ends at "
                + entry.end()
                + ", the file has "
                + dataBytes
                + " bytes of data; it was cut off");
      }
      expected = entry.end();
    }
    if (expected != dataBytes) {
      throw fail(Kind.TRAILING_BYTES, (dataBytes - expected) + " bytes follow the last tensor");
    }
  }

  private SafetensorsException fail(Kind kind, String reason) {
    return SafetensorsException.cannotRead(kind, path, reason);
  }

  private SafetensorsException fail(Kind kind, String reason, Exception cause) {
    return new SafetensorsException(kind, path, "Cannot read " + path + ": " + reason, cause);
  }
}
