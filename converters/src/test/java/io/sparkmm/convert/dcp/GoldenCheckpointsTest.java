package io.sparkmm.convert.dcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleNone;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories that PyTorch wrote from one, two and four ranks: every element and every value. */
final class GoldenCheckpointsTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "plain_threads",
        "plain_single_files",
        "ranks1",
        "ranks2",
        "ranks4",
        "ranks2_threads",
        "fsdp2",
        "fsdp4"
      })
  void readsEveryElement(String name) {
    DcpCheckpoint checkpoint = DcpCheckpoint.open(DcpFolders.golden(name));
    checkpoint.verify();
    checkTensors(checkpoint, DcpFolders.expected(name));
    checkValues(checkpoint, DcpFolders.expected(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"protocol2", "protocol3", "protocol5", "torch2_0", "torch1_13"})
  void readsTheMetadataOfOtherVersions(String variant) throws IOException {
    DcpFolders.copy("ranks2", folder);
    Files.copy(
        DcpFolders.golden("variants").resolve(variant + ".metadata"),
        folder.resolve(".metadata"),
        StandardCopyOption.REPLACE_EXISTING);
    checkTensors(DcpCheckpoint.open(folder), DcpFolders.expected("ranks2"));
    checkValues(DcpCheckpoint.open(folder), DcpFolders.expected("ranks2"));
  }

  private static void checkTensors(DcpCheckpoint checkpoint, JsonNode expected) {
    TreeSet<String> names = new TreeSet<>();
    for (DcpTensor tensor : checkpoint.metadata().tensors()) {
      names.add(tensor.key().flat());
      JsonNode want = expected.get("tensors").get(tensor.key().flat());
      TensorView view = checkpoint.view(tensor.key().flat());
      assertThat(view.dtype()).hasToString(want.get("dtype").asText());
      assertThat(view.shape()).isEqualTo(DcpFolders.shape(want));
      assertThat(DcpFolders.hex(view)).as(tensor.toString()).isEqualTo(want.get("hex").asText());
    }
    TreeSet<String> wanted = new TreeSet<>();
    expected.get("tensors").fieldNames().forEachRemaining(wanted::add);
    assertThat(names).isEqualTo(wanted);
  }

  private static void checkValues(DcpCheckpoint checkpoint, JsonNode expected) {
    JsonNode values = expected.get("values");
    values
        .fieldNames()
        .forEachRemaining(
            key -> assertThat(isEqual(checkpoint.value(key), values.get(key))).as(key).isTrue());
  }

  private static boolean isEqual(Object value, JsonNode expected) {
    if (value instanceof PickleDict dict) {
      return dict.entries().size() == expected.size()
          && dict.entries().entrySet().stream()
              .allMatch(e -> isEqual(e.getValue(), expected.get(e.getKey().toString())));
    }
    if (value instanceof PickleList list) {
      for (int at = 0; at < expected.size(); at++) {
        if (!isEqual(list.items().get(at), expected.get(at))) {
          return false;
        }
      }
      return list.items().size() == expected.size();
    }
    return value == PickleNone.NONE
        ? expected.isNull()
        : expected.asText().equals(value.toString());
  }

  @Test
  void knowsThePlaceOfEachItemInTheState() {
    DcpCheckpoint checkpoint = DcpCheckpoint.open(DcpFolders.golden("plain"));
    assertThat(checkpoint.find("nested.a.b.c").orElseThrow().key())
        .isEqualTo(DcpKey.of("nested", "a", "b.c"));
    assertThat(checkpoint.find("list.1").orElseThrow().key()).isEqualTo(DcpKey.of("list", 1L));
    assertThat(checkpoint.find("model.embed.weight").orElseThrow().key().rest())
        .isEqualTo("embed.weight");
  }

  @Test
  void knowsTheChunksOfEachRank() {
    DcpCheckpoint checkpoint = DcpCheckpoint.open(DcpFolders.golden("ranks4"));
    DcpTensor grid = checkpoint.find("model.grid").orElseThrow();
    assertThat(grid.chunks()).hasSize(4);
    assertThat(grid.chunks().stream().map(DcpChunk::place).map(DcpPlace::file).distinct())
        .hasSize(4);
    assertThat(checkpoint.files()).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "ranks4", "fsdp4"})
  void writesMetadataThatSayTheSame(String name) {
    DcpMetadata metadata = DcpCheckpoint.open(DcpFolders.golden(name)).metadata();
    byte[] bytes = DcpMetadataWriter.write(metadata);
    assertThat(DcpMetadataReader.read(bytes)).isEqualTo(metadata);
    assertThat(DcpMetadataWriter.write(metadata)).isEqualTo(bytes);
  }
}
