package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The header bytes of a file to be written and the place of each tensor in it: widest elements
 * first, so that every tensor is aligned to its element size, names ascending by UTF-8 bytes within
 * a type, header padded with blanks to a multiple of 8. These are the rules of the reference
 * implementation, so that equal tensors give equal files.
 *
 * @param header length field and JSON
 * @param tensors in the order of their bytes
 */
record Layout(byte[] header, List<TensorRef> tensors) {

  /** Leaves room for the header in front of the data. */
  private static final long MAX_DATA_BYTES =
      Long.MAX_VALUE - Header.MAX_JSON_BYTES - Header.LENGTH_BYTES;

  private static final Comparator<TensorSpec> ORDER =
      Comparator.comparing(TensorSpec::dtype)
          .reversed()
          .thenComparing(
              spec -> spec.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  static Layout of(Path path, Collection<TensorSpec> specs, Map<String, String> metadata) {
    List<TensorSpec> sorted = new ArrayList<>(specs);
    sorted.sort(ORDER);
    checkNames(path, sorted);
    byte[] header = encode(path, sorted, metadata);
    List<TensorRef> tensors = new ArrayList<>(sorted.size());
    long at = header.length;
    for (TensorSpec spec : sorted) {
      tensors.add(new TensorRef(spec, path, at));
      at = tensors.get(tensors.size() - 1).end();
    }
    return new Layout(header, List.copyOf(tensors));
  }

  /** Size of the finished file. */
  long fileBytes() {
    return tensors.isEmpty() ? header.length : tensors.get(tensors.size() - 1).end();
  }

  private static void checkNames(Path path, List<TensorSpec> specs) {
    Set<String> names = new HashSet<>();
    for (TensorSpec spec : specs) {
      if (spec.name().equals(Header.METADATA)) {
        throw SafetensorsException.cannotWrite(
            Kind.BAD_ENTRY, path, "a tensor must not be called " + Header.METADATA);
      }
      if (!names.add(spec.name())) {
        throw SafetensorsException.cannotWrite(
            Kind.DUPLICATE_NAME, path, "tensor " + spec.name() + " was declared twice");
      }
    }
  }

  private static byte[] encode(Path path, List<TensorSpec> specs, Map<String, String> metadata) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      quote(json, Header.METADATA).append(":{");
      String separator = "";
      for (Map.Entry<String, String> pair : new TreeMap<>(metadata).entrySet()) {
        quote(json.append(separator), pair.getKey()).append(':');
        quote(json, pair.getValue());
        separator = ",";
      }
      json.append('}');
    }
    long at = 0;
    for (TensorSpec spec : specs) {
      if (json.length() > 1) {
        json.append(',');
      }
      quote(json, spec.name()).append(":{\"dtype\":\"").append(spec.dtype().safetensorsName());
      json.append("\",\"shape\":").append(spec.shape().toString().replace(" ", ""));
      json.append(",\"data_offsets\":[").append(at).append(',');
      if (spec.byteSize() > MAX_DATA_BYTES - at) {
        throw SafetensorsException.cannotWrite(
            Kind.SIZE_OVERFLOW, path, "the tensors have more bytes than fit 63 bits");
      }
      at += spec.byteSize();
      json.append(at).append("]}");
    }
    byte[] text = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 7) / 8 * 8;
    if (padded > Header.MAX_JSON_BYTES) {
      throw SafetensorsException.cannotWrite(
          Kind.HEADER_TOO_LARGE,
          path,
          "the header would have " + padded + " bytes, more than " + Header.MAX_JSON_BYTES);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(Header.LENGTH_BYTES + padded);
    byte[] length =
        ByteBuffer.allocate(Header.LENGTH_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(padded)
            .array();
    out.writeBytes(length);
    out.writeBytes(text);
    out.writeBytes(" ".repeat(padded - text.length).getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  /** JSON strings as the reference implementation writes them: escapes only where JSON demands. */
  private static StringBuilder quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < ' ') {
            json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"');
  }
}
