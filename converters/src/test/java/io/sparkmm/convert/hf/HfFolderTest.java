package io.sparkmm.convert.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.TestTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HfFolderTest {

  private static final String OPTION = "hf_config.hf_dir";

  @TempDir private Path folder;

  private HfFolder open() {
    return HfFolder.model(folder, OPTION);
  }

  private void assertUsage(String message) {
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            ConvertException.class,
            e -> assertThat(e.kind()).isEqualTo(ConvertException.Kind.USAGE))
        .hasMessage(message);
  }

  @Test
  void refusesFoldersThatAreNotThereOrLackFiles() throws IOException {
    assertThatThrownBy(() -> HfFolder.model(folder.resolve("no"), OPTION))
        .hasMessage("hf_config.hf_dir: not a directory: " + folder.resolve("no"));
    assertUsage("hf_config.hf_dir: No *.safetensors files found in " + folder);
    TestTensors.write(folder.resolve("a.safetensors"), Map.of("t", List.of(1L)));
    assertUsage("hf_config.hf_dir: No config.json in " + folder);
    Files.writeString(folder.resolve("config.json"), "[]");
    assertUsage("Cannot read " + folder.resolve("config.json") + ": it is not a JSON object");
    Files.writeString(folder.resolve("config.json"), "{");
    assertThatThrownBy(this::open).hasMessageContaining("config.json: it is not JSON: ");
    Files.writeString(folder.resolve("config.json"), "{\"a\": NaN}");
    assertThat(open().config().path("a").isNumber()).isTrue();
    assertThat(HfFolder.adapters(folder, OPTION).tensors()).containsKey("t");
  }

  @Test
  void takesAllFilesAndOneOfEqualTensors() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("first", List.of(3L));
    shapes.put("both", List.of(2L));
    TestTensors.write(folder.resolve("a.safetensors"), shapes);
    shapes.remove("first");
    shapes.put("last", List.of(1L));
    TestTensors.write(folder.resolve("b.safetensors"), shapes);
    Files.createDirectory(folder.resolve("below"));
    TestTensors.write(folder.resolve("below/c.safetensors"), Map.of("below", List.of(1L)));
    TestTensors.write(folder.resolve(".hidden.safetensors"), Map.of("hidden", List.of(1L)));

    assertThatThrownBy(() -> open().tensors())
        .isInstanceOfSatisfying(
            ConvertException.class, e -> assertThat(e.kind()).isEqualTo(ConvertException.Kind.DATA))
        .hasMessage(
            "Cannot choose between two different tensors both: in "
                + folder.resolve("a.safetensors")
                + " and in "
                + folder.resolve("b.safetensors"));

    shapes.clear();
    shapes.put("other", List.of(3L));
    shapes.put("both", List.of(2L));
    TestTensors.write(folder.resolve("b.safetensors"), shapes);
    assertThat(open().tensors().keySet()).containsExactlyInAnyOrder("both", "first", "other");
  }
}
