package io.sparkmm.convert.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tensors as a table for people or as JSON for programs.
 *
 * @param tensors what to print, in this order
 * @param metadata pairs stored beside them
 */
record Listing(List<ListedTensor> tensors, Map<String, String> metadata) {

  void printTable(PrintWriter out) {
    int nameWidth = width("tensor", specs().map(TensorSpec::name).toList());
    int shapeWidth = width("shape", specs().map(t -> t.shape().toString()).toList());
    int bytesWidth = width("bytes", specs().map(t -> Long.toString(t.byteSize())).toList());
    String row = "%-" + nameWidth + "s  %-7s  %-" + shapeWidth + "s  %" + bytesWidth + "s  %s%n";
    out.printf(Locale.ROOT, row, "tensor", "dtype", "shape", "bytes", "file");
    for (ListedTensor tensor : tensors) {
      out.printf(
          Locale.ROOT,
          row,
          tensor.spec().name(),
          tensor.spec().dtype().safetensorsName(),
          tensor.spec().shape(),
          tensor.spec().byteSize(),
          tensor.file());
    }
    out.printf(
        Locale.ROOT,
        "%d tensors, %d elements, %d bytes%s%n",
        tensors.size(),
        elements(),
        bytes(),
        metadata.isEmpty() ? "" : ", metadata " + metadata);
    byType()
        .forEach(
            (type, list) ->
                out.printf(
                    Locale.ROOT,
                    "  %-7s  %d tensors, %d elements%n",
                    type.safetensorsName(),
                    list.size(),
                    list.stream().mapToLong(t -> t.spec().elements()).sum()));
  }

  private Stream<TensorSpec> specs() {
    return tensors.stream().map(ListedTensor::spec);
  }

  private static int width(String title, List<String> cells) {
    return Math.max(title.length(), cells.stream().mapToInt(String::length).max().orElse(0));
  }

  private Map<DType, List<ListedTensor>> byType() {
    return tensors.stream()
        .collect(
            Collectors.groupingBy(
                tensor -> tensor.spec().dtype(), TreeMap::new, Collectors.toList()));
  }

  private long elements() {
    return specs().mapToLong(TensorSpec::elements).sum();
  }

  private long bytes() {
    return specs().mapToLong(TensorSpec::byteSize).sum();
  }

  void printJson(PrintWriter out) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    ArrayNode list = root.putArray("tensors");
    for (ListedTensor tensor : tensors) {
      ObjectNode node = list.addObject();
      node.put("name", tensor.spec().name());
      node.put("dtype", tensor.spec().dtype().safetensorsName());
      ArrayNode shape = node.putArray("shape");
      tensor.spec().shape().forEach(shape::add);
      node.put("bytes", tensor.spec().byteSize());
      node.put("file", tensor.file());
      node.put("offset", tensor.offset());
    }
    ObjectNode pairs = root.putObject("metadata");
    metadata.forEach(pairs::put);
    root.put("total_elements", elements());
    root.put("total_bytes", bytes());
    out.println(root.toPrettyString());
  }
}
