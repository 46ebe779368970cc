package io.sparkmm.convert.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.TestTensors;
import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.safetensors.SafetensorsIndex;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HfExportTest {

  @TempDir private Path temp;
  private Path folder;
  private Path target;
  private final Map<String, TensorView> state = new LinkedHashMap<>();

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(temp.resolve("model"));
    target = temp.resolve("out");
    Files.writeString(folder.resolve("config.json"), "{}");
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("a", List.of(2L));
    shapes.put("b", List.of(3L));
    shapes.put("lm_head.weight", List.of(4L));
    state.putAll(TestTensors.write(temp.resolve("state.safetensors"), shapes));
    TestTensors.write(folder.resolve("m-1.safetensors"), Map.of("a", List.of(2L)));
  }

  private void index(OptionalLong size, Map<String, String> map) throws IOException {
    Files.writeString(
        folder.resolve(SafetensorsIndex.FILE_NAME),
        new SafetensorsIndex(size, new TreeMap<>(map)).toJson());
  }

  private HfExport plan() {
    return HfExport.plan(
        HfFolder.model(folder, "hf_config.hf_dir"), state, Optional.of("lm_head.weight"), target);
  }

  private static Map<String, List<String>> names(HfExport export) {
    Map<String, List<String>> result = new LinkedHashMap<>();
    for (PlannedFile file : export.files()) {
      result.put(file.path(), file.layout().tensors().stream().map(TensorPlace::name).toList());
    }
    return result;
  }

  @Test
  void followsTheIndex() throws IOException {
    TestTensors.write(folder.resolve("m-2.safetensors"), Map.of("b", List.of(3L)));
    index(
        OptionalLong.of(20),
        Map.of("a", "model-00003-of-00003.safetensors", "b", "model-00001-of-00003.safetensors"));

    HfExport export = plan();

    assertThat(names(export))
        .isEqualTo(
            Map.of(
                "model-00001-of-00003.safetensors", List.of("b"),
                "model-00003-of-00003.safetensors", List.of("a")));
    assertThat(export.assets().stream().map(AssetCopy::path))
        .containsExactly("config.json", SafetensorsIndex.FILE_NAME);
  }

  @Test
  void rewritesAnIndexWithOtherNamesOrSizes() throws IOException {
    index(
        OptionalLong.of(8), Map.of("a", "weights-1-x.safetensors", "b", "weights-2-x.safetensors"));

    HfExport export = plan();

    assertThat(names(export))
        .containsOnlyKeys(
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            SafetensorsIndex.FILE_NAME);
    PlannedFile index = export.files().get(2);
    assertThat(
            new String(index.layout().literals(new long[0]).get(0).bytes(), StandardCharsets.UTF_8))
        .contains("\"total_size\": 20")
        .contains("\"b\": \"model-00002-of-00002.safetensors\"");
    assertThat(export.assets().stream().map(AssetCopy::path)).containsExactly("config.json");
  }

  @Test
  void keepsTheNameOfAnOnlyFile() throws IOException {
    TestTensors.write(
        folder.resolve("m-1.safetensors"), Map.of("a", List.of(2L), "b", List.of(3L)));
    assertThat(names(plan())).isEqualTo(Map.of("m-1.safetensors", List.of("a", "b")));

    index(OptionalLong.of(20), Map.of("a", "model.safetensors", "b", "model.safetensors"));
    assertThat(names(plan())).isEqualTo(Map.of("model.safetensors", List.of("a", "b")));
  }

  @Test
  void writesATiedOutputLayerWhereTheOriginalHasOne() throws IOException {
    TestTensors.write(
        folder.resolve("m-1.safetensors"),
        Map.of("a", List.of(2L), "b", List.of(3L), "lm_head.weight", List.of(4L)));

    assertThat(names(plan()).get("m-1.safetensors")).contains("lm_head.weight");
  }

  @Test
  void tellsEveryTensorThatIsMissingOrLeftOver() throws IOException {
    index(
        OptionalLong.of(1),
        Map.of("x", "model-00001-of-00001.safetensors", "a", "model-00001-of-00001.safetensors"));

    assertThatThrownBy(this::plan)
        .isInstanceOfSatisfying(
            ConvertException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "Cannot write model-00001-of-00001.safetensors: the checkpoint has no"
                            + " tensor x",
                        "Cannot place tensors that the original folder does not have: b"));
  }

  @Test
  void refusesSeveralFilesWithoutIndexAndNamesWithoutNumber() throws IOException {
    TestTensors.write(folder.resolve("m-2.safetensors"), Map.of("b", List.of(3L)));
    assertThatThrownBy(this::plan)
        .hasMessage(
            "Cannot tell which tensor goes to which of 2 files: no model.safetensors.index.json in "
                + folder);

    index(OptionalLong.empty(), Map.of("a", "m-1.safetensors", "b", "part-b.safetensors"));
    assertThatThrownBy(this::plan)
        .hasMessage(
            "Cannot read "
                + folder.resolve(SafetensorsIndex.FILE_NAME)
                + ": no number from 1 up after the first dash of part-b.safetensors");
  }

  @Test
  void refusesToWriteOverTheOriginal() {
    target = temp.resolve("out/../model");

    assertThatThrownBy(this::plan)
        .hasMessageContaining("save_hf_dir: it is the folder hf_config.hf_dir");
  }

  @Test
  void takesOverAssetsFromFoldersBelowButNotTheTarget() throws IOException {
    TestTensors.write(
        folder.resolve("m-1.safetensors"), Map.of("a", List.of(2L), "b", List.of(3L)));
    target = folder.resolve("out");
    for (String path : List.of("sub/deep/vocab.json", "out/old.json", ".gitattributes")) {
      Files.createDirectories(folder.resolve(path).getParent());
      Files.writeString(folder.resolve(path), "{}");
    }
    Files.writeString(folder.resolve("sub/more.safetensors"), "");
    Files.createSymbolicLink(folder.resolve("link.json"), Path.of("sub/deep/vocab.json"));

    assertThat(plan().assets().stream().map(AssetCopy::path))
        .containsExactly(".gitattributes", "config.json", "link.json", "sub/deep/vocab.json");
  }

  @Test
  void refusesLinksThatLeadOutOfTheFolder() throws IOException {
    TestTensors.write(
        folder.resolve("m-1.safetensors"), Map.of("a", List.of(2L), "b", List.of(3L)));
    Path secret = Files.writeString(temp.resolve("secret"), "x");
    Files.createSymbolicLink(folder.resolve("readme.md"), secret);
    Files.createSymbolicLink(folder.resolve("lost.md"), folder.resolve("nothing"));

    assertThatThrownBy(this::plan)
        .hasMessageContaining(
            "Cannot copy "
                + folder.resolve("readme.md")
                + ": it is a link that leads out of the folder")
        .hasMessageContaining(
            "Cannot copy " + folder.resolve("lost.md") + ": it is a link to nothing");
  }

  @Test
  void readsSnapshotsOfTheHubCacheWhoseFilesAreLinks() throws IOException {
    Path hub = Files.createDirectory(temp.resolve("models--a--b"));
    Path blobs = Files.createDirectory(hub.resolve("blobs"));
    folder = Files.createDirectories(hub.resolve("snapshots/0123"));
    TestTensors.write(blobs.resolve("b1"), Map.of("a", List.of(2L), "b", List.of(3L)));
    Files.writeString(blobs.resolve("b2"), "{}");
    Files.createSymbolicLink(folder.resolve("model.safetensors"), Path.of("../../blobs/b1"));
    Files.createSymbolicLink(folder.resolve("config.json"), Path.of("../../blobs/b2"));

    HfExport export = plan();

    assertThat(names(export)).containsOnlyKeys("model.safetensors");
    assertThat(export.assets().stream().map(AssetCopy::path)).containsExactly("config.json");
  }
}
