package io.sparkmm.convert.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ListingTest {

  private static ListedTensor tensor(String name, DType type, long... shape) {
    return ListedTensor.of(
        new TensorRef(TensorSpec.of(name, type, shape), Path.of("dir/f.safetensors"), 8));
  }

  private static String table(Listing listing) {
    StringWriter text = new StringWriter();
    listing.printTable(new PrintWriter(text, true));
    return text.toString();
  }

  private static JsonNode json(Listing listing) throws IOException {
    StringWriter text = new StringWriter();
    listing.printJson(new PrintWriter(text, true));
    return new ObjectMapper().readTree(text.toString());
  }

  @Test
  void tableOfNothingStillHasHeadAndTotals() {
    assertThat(table(new Listing(List.of(), Map.of())).lines())
        .containsExactly("tensor  dtype    shape  bytes  file", "0 tensors, 0 elements, 0 bytes");
  }

  @Test
  void tableShowsMetadata() {
    assertThat(table(new Listing(List.of(), Map.of("format", "pt"))))
        .contains("0 bytes, metadata {format=pt}");
  }

  @Test
  void tableSumsBeyondIntegers() {
    Listing listing =
        new Listing(
            List.of(tensor("a", DType.F64, 1L << 31), tensor("b", DType.F64, 1L << 31)), Map.of());

    assertThat(table(listing))
        .contains("2 tensors, 4294967296 elements, 34359738368 bytes")
        .contains("  F64      2 tensors, 4294967296 elements");
  }

  @Test
  void jsonOfAScalarHasAnEmptyShape() throws IOException {
    JsonNode json = json(new Listing(List.of(tensor("s", DType.BOOL)), Map.of("k", "v")));

    assertThat(json.path("tensors").get(0).path("shape")).hasToString("[]");
    assertThat(json.path("tensors").get(0).path("offset").asInt()).isEqualTo(8);
    assertThat(json.path("metadata")).hasToString("{\"k\":\"v\"}");
  }

  @Test
  void jsonKeepsOddNames() throws IOException {
    String name = "a \"b\" \n é";

    assertThat(
            json(new Listing(List.of(tensor(name, DType.U8, 1)), Map.of()))
                .path("tensors")
                .get(0)
                .path("name")
                .asText())
        .isEqualTo(name);
  }
}
