package io.sparkmm.convert.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.torch.TorchException.Kind;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that PyTorch wrote, compared with what its script recorded. */
final class GoldenTorchFilesTest {

  private static TorchFile open(String name) {
    return TorchFile.open(TorchFixtures.golden(name));
  }

  private static List<Long> longs(JsonNode array) {
    List<Long> values = new ArrayList<>();
    array.forEach(item -> values.add(item.longValue()));
    return values;
  }

  @ParameterizedTest
  @ValueSource(strings = {"types.pt", "views.pt", "run.pt", "written.pt"})
  void readsEveryTensor(String name) {
    TorchFile file = open(name);
    JsonNode expected = TorchFixtures.expected(name);
    Map<String, TorchTensor> tensors = file.tensors("model");

    List<String> names = new ArrayList<>();
    expected.fieldNames().forEachRemaining(names::add);
    assertThat(tensors.keySet()).containsExactlyElementsOf(names);
    tensors.forEach(
        (key, tensor) -> {
          JsonNode wanted = expected.get(key);
          assertThat(tensor.type().name()).as(key).isEqualTo(wanted.get("type").asText());
          assertThat(tensor.shape()).as(key).isEqualTo(longs(wanted.get("shape")));
          assertThat(tensor.strides()).as(key).isEqualTo(longs(wanted.get("strides")));
          assertThat(HexFormat.of().formatHex(TorchFixtures.elements(tensor)))
              .as(key)
              .isEqualTo(wanted.get("bytes").asText());
        });
    file.verify();
  }

  @Test
  void convertsAllTypesButThoseOthersDoNotKnow() {
    Map<String, TorchTensor> tensors = open("types.pt").tensors("model");
    List<DType> known = new ArrayList<>();
    for (Map.Entry<String, TorchTensor> entry : tensors.entrySet()) {
      Optional<DType> dtype = entry.getValue().dtype();
      dtype.ifPresent(type -> known.add(entry.getValue().stored(entry.getKey()).spec().dtype()));
      if (dtype.isEmpty()) {
        assertThatThrownBy(() -> entry.getValue().stored("layer.weight"))
            .isInstanceOfSatisfying(
                TorchException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED_TENSOR))
            .hasMessageContaining("tensor layer.weight is of " + entry.getKey() + "; known are");
      }
    }
    assertThat(known).containsExactlyInAnyOrder(DType.values());
  }

  @Test
  void sharesStorages() {
    Map<String, TorchTensor> tensors = open("views.pt").tensors("model");
    TorchStorage base = tensors.get("base").storage();

    for (String name : List.of("transposed", "row", "columns", "steps", "scalar_of_base")) {
      assertThat(tensors.get(name).storage()).isEqualTo(base);
    }
    assertThat(tensors.get("row").begin() - tensors.get("base").begin()).isEqualTo(2 * 6 * 4);
  }

  @Test
  void refusesToConvertElementsThatOverlap() {
    TorchTensor expanded = open("views.pt").tensors("model").get("expanded");

    assertThatThrownBy(() -> expanded.stored("bias"))
        .hasMessageContaining("tensor bias of shape [2, 5] has more elements than its storage");
  }

  @Test
  void readsWhatStandsAroundTheWeightsAsData() {
    PickleDict run = open("run.pt").dict();
    PickleObject args = (PickleObject) run.get("args").orElseThrow();

    assertThat(args.is(new Global("argparse", "Namespace"))).isTrue();
    assertThat(args.attribute("lr")).contains(1e-3);
    assertThat(args.attribute("dtype")).contains(new Global("torch", "bfloat16"));
    assertThat(args.attribute("flag").orElseThrow()).hasToString("an object of re.RegexFlag");
    assertThat(run.get("checkpoint_version")).contains(3.0);
    assertThat(run.get("iteration")).contains(12L);
    assertThat(run.get("storage").orElseThrow()).isInstanceOf(TorchStorage.class);
    assertThat(run.get("default").orElseThrow()).isInstanceOf(PickleObject.class);
    PickleList rng = (PickleList) run.get("rng_state").orElseThrow();
    PickleDict states = (PickleDict) rng.items().get(0);
    assertThat(states.get("torch_rng_state").orElseThrow()).isInstanceOf(TorchTensor.class);
  }

  @Test
  void keepsTheMetadataOfAStateDict() {
    PickleDict model = (PickleDict) open("run.pt").dict().get("model").orElseThrow();
    PickleDict metadata = (PickleDict) ((PickleDict) model.state()).get("_metadata").orElseThrow();

    assertThat(metadata.entries()).containsKeys("", "0", "1");
    assertThat(model.entries()).containsKeys("0._extra_state", "1._extra_state");
    assertThat(open("run.pt").tensors("model"))
        .doesNotContainKeys("0._extra_state", "1._extra_state");
  }

  @Test
  void readsAnArchiveInsideOfAFile() {
    long size = TorchFixtures.bytes(TorchFixtures.golden("slice.bin")).length;

    TorchFile file = TorchFile.open(TorchFixtures.golden("slice.bin"), 6, size - 11);

    assertThat(file.prefix()).isEqualTo("archive");
    assertThat(file.tensor().shape()).containsExactly(3L, 2L);
    assertThat(TorchFixtures.elements(file.tensor()))
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    file.verify();
  }

  @Test
  void tellsFilesOfOtherFormatsApart() {
    assertThatThrownBy(() -> open("legacy.pt"))
        .hasMessageContaining("it is in the format of torch.save before release 1.6; load it");
    assertThatThrownBy(() -> open("script.pt"))
        .hasMessageContaining("it is a TorchScript program; load it with torch.jit.load");
    assertThatThrownBy(() -> open("plain4.pkl")).hasMessageContaining("it is a bare pickle");
    assertThatThrownBy(() -> open("../all_types.safetensors"))
        .hasMessageContaining("it looks like a safetensors file");
    assertThatThrownBy(() -> open("types.pt.json"))
        .hasMessageContaining("it is no zip archive, so no file of torch.save");
    assertThatThrownBy(() -> open("absent.pt")).hasMessageEndingWith("no such file");
  }

  @Test
  void tellsWhatIsThereInsteadOfWhatWasAskedFor() {
    TorchFile run = open("run.pt");

    assertThatThrownBy(run::tensor).hasMessageContaining("it holds a dict of 16, not a tensor");
    assertThatThrownBy(() -> run.tensors("weights"))
        .hasMessageContaining("it has no key weights; it has [the str 'args', ");
    assertThatThrownBy(() -> run.tensors("args"))
        .hasMessageContaining(
            "key args holds an object of argparse.Namespace, not a dict of tensors");
    assertThatThrownBy(() -> run.tensors("loop"))
        .hasMessageContaining("key loop holds a list of 2");
    PickleDict written = open("written.pt").dict();
    assertThat(written.entries()).containsKey("one");
    assertThatThrownBy(() -> open("written.pt").tensors("one"))
        .hasMessageContaining("one.a is a list of 0, not a tensor");
  }
}
