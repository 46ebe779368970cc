package io.sparkmm.convert.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.TestTensors;
import io.sparkmm.convert.hf.HfFolder;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny checkpoints of all families, with what the reference converter makes of them ({@code
 * make_models.py}).
 */
final class GoldenModelsTest {

  /** One conversion of the reference. */
  record Case(JsonNode json) {

    ModelFamily family() {
      return ModelFamilies.standard().family(json.get("converter").asText());
    }

    HfFolder folder() {
      return HfFolder.model(
          TestTensors.golden("models").resolve(json.get("model").asText()), "hf_config.hf_dir");
    }

    FamilyOptions options() {
      return FamilyOptions.DEFAULT
          .withCanonical(json.get("canonical").asBoolean())
          .withDevices(json.get("devices").asInt());
    }

    @Override
    public String toString() {
      return json.get("model").asText()
          + (json.get("canonical").asBoolean() ? " canonical" : "")
          + " on "
          + json.get("devices");
    }
  }

  static Stream<Case> cases() throws IOException {
    JsonNode all = new ObjectMapper().readTree(TestTensors.golden("models/expected.json").toFile());
    return StreamSupport.stream(all.spliterator(), false).map(Case::new);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void makesTheTensorsOfTheReference(Case example) {
    ModelFamily family = example.family();
    HfFolder folder = example.folder();

    Map<String, TensorView> merged =
        family.toMerged(folder.tensors(), family.shape(folder.config()), example.options());

    Map<String, String> actual = new TreeMap<>();
    merged.forEach((name, view) -> actual.put(name, digest(view)));
    Map<String, String> expected = new TreeMap<>();
    example
        .json()
        .get("tensors")
        .properties()
        .forEach(entry -> expected.put(entry.getKey(), text(entry.getValue())));
    assertThat(actual).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void dividesTensorsAsTheReferenceDoes(Case example) {
    ModelFamily family = example.family();
    TpTable table = family.tpTable(example.options(), family.shape(example.folder().config()));

    for (Map.Entry<String, JsonNode> entry : example.json().get("tensors").properties()) {
      assertThat(table.split(entry.getKey()))
          .as(entry.getKey())
          .isEqualTo(SplitNames.split(entry.getValue().get(3).asText()));
    }
  }

  @Test
  void namesAndDividesAdaptersAsTheReferenceDoes() throws IOException {
    LoraFamily lora = new Qwen25VlFamily().lora().orElseThrow();
    TensorView any = example("qwen2.5vl");
    JsonNode all = new ObjectMapper().readTree(TestTensors.golden("models/lora.json").toFile());
    assertThat(all).hasSize(2);
    for (JsonNode names : all) {
      for (Map.Entry<String, JsonNode> entry : names.get("names").properties()) {
        LoraNames options =
            new LoraNames(names.get("prefix").asText(), names.get("new_names").asBoolean(), false);
        String name = entry.getKey();
        String other =
            name.replaceFirst(
                name.contains("lora_A") ? "lora_A" : "lora_B",
                name.contains("lora_A") ? "lora_B" : "lora_A");
        String merged = entry.getValue().get(0).asText();

        assertThat(lora.toMerged(Map.of(name, any, other, any), options)).containsKey(merged);
        assertThat(lora.tpTable().split(merged))
            .as(merged)
            .isEqualTo(SplitNames.split(entry.getValue().get(1).asText()));
      }
    }
  }

  private static TensorView example(String model) {
    return HfFolder.model(TestTensors.golden("models").resolve(model), "hf_dir")
        .tensors()
        .values()
        .iterator()
        .next();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void comesBackByteByByte(Case example) {
    ModelFamily family = example.family();
    HfFolder folder = example.folder();
    ModelShape shape = family.shape(folder.config());
    Map<String, TensorView> original = folder.tensors();

    Map<String, TensorView> back =
        family.toHf(family.toMerged(original, shape, example.options()), shape, example.options());

    assertThat(back).containsKeys(original.keySet().toArray(String[]::new));
    original.forEach(
        (name, view) -> {
          assertThat(back.get(name).shape()).as(name).isEqualTo(view.shape());
          assertThat(TestTensors.bytes(back.get(name))).as(name).isEqualTo(TestTensors.bytes(view));
        });
    family.tiedHead(shape).ifPresent(back::remove);
    assertThat(back.keySet()).allMatch(name -> original.containsKey(name)).hasSize(original.size());
  }

  private static String digest(TensorView view) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(TestTensors.bytes(view));
      return view.dtype() + " " + view.shape() + " " + HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(JsonNode expected) {
    return expected.get(0).asText()
        + " "
        + StreamSupport.stream(expected.get(1).spliterator(), false).map(JsonNode::asLong).toList()
        + " "
        + expected.get(2).asText();
  }
}
