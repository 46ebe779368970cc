package io.sparkmm.convert.dcp.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.TestTensors;
import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.safetensors.SafetensorsIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversions there and back; compare_dcp.py compares them with the original converter. */
final class DcpCommandsTest {

  private static final String EMBED = "model.language_model.embed_tokens.weight";
  private static final String EXPERTS = "model.language_model.layers.1.mlp.experts.gate_up_proj";
  private static final String DENSE = "model.language_model.layers.0.mlp.down_proj.weight";
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir private Path folder;
  private Path hf;
  private Path dcp;

  @BeforeEach
  void makeModel() throws IOException {
    hf = Files.createDirectories(folder.resolve("hf"));
    dcp = folder.resolve("dcp");
    config("{\"text_config\": {\"num_experts\": 4}, \"tie_word_embeddings\": true}");
    Files.writeString(hf.resolve("tokenizer.json"), "{}");
    Map<String, List<Long>> first = new LinkedHashMap<>();
    first.put(EMBED, List.of(6L, 4L));
    first.put(DENSE, List.of(4L, 8L));
    Map<String, List<Long>> second = new LinkedHashMap<>();
    second.put(EXPERTS, List.of(4L, 3L, 2L));
    second.put("model.visual.pos", List.of(5L));
    TestTensors.write(hf.resolve(FIRST), first);
    TestTensors.write(hf.resolve(SECOND), second);
    Map<String, String> weightMap = new TreeMap<>();
    first.keySet().forEach(name -> weightMap.put(name, FIRST));
    second.keySet().forEach(name -> weightMap.put(name, SECOND));
    new SafetensorsIndex(OptionalLong.of(340), new TreeMap<>(weightMap))
        .write(hf.resolve(SafetensorsIndex.FILE_NAME));
  }

  private void config(String text) throws IOException {
    Files.writeString(hf.resolve("config.json"), text);
  }

  private static void run(ConversionPlan plan) {
    PlanExecutor.execute(plan, ExecutionOptions.defaults());
  }

  private ConversionPlan toDcp(boolean tie, boolean loraBase) {
    return Qwen3VlDcp.hfToDcp(new Qwen3VlHfToDcpOptions(hf, dcp, tie, loraBase));
  }

  private ConversionPlan toHf(String load) {
    return Qwen3VlDcp.dcpToHf(
        new Qwen3VlDcpToHfOptions(dcp.resolve(load), folder.resolve("back"), hf, false));
  }

  @Test
  void refusesAFolderThatLacksAFileOfItsIndexOrNumbering() throws IOException {
    Files.delete(hf.resolve(SECOND));
    String message = "Cannot read " + hf + ": 1 of its files are missing: " + SECOND;
    assertThatThrownBy(() -> toDcp(false, false))
        .isInstanceOf(ConvertException.class)
        .hasMessage(message);

    Files.delete(hf.resolve(SafetensorsIndex.FILE_NAME));
    assertThatThrownBy(() -> toDcp(false, false)).hasMessage(message);

    Files.move(hf.resolve(FIRST), hf.resolve("model.safetensors"));
    assertThat(toDcp(false, false).files()).isNotEmpty();
  }

  @Test
  void namesAndPlacesTensorsAsTrainingExpectsThem() {
    run(toDcp(true, false));
    DcpCheckpoint checkpoint = DcpCheckpoint.open(dcp.resolve("release"));
    checkpoint.verify();
    assertThat(checkpoint.find("model.model." + EXPERTS).orElseThrow().spec().shape())
        .containsExactly(12L, 2L);
    assertThat(file(checkpoint, "model.model." + EXPERTS)).isEqualTo("__1_0.distcp");
    assertThat(file(checkpoint, "model.model.lm_head.weight")).isEqualTo("__0_0.distcp");
    assertThat(checkpoint.value("checkpoint_version")).isEqualTo(3.0);
    assertThat(dcp.resolve("latest_checkpointed_iteration.txt")).hasContent("release");
  }

  private static String file(DcpCheckpoint checkpoint, String key) {
    return checkpoint.find(key).orElseThrow().chunks().get(0).place().file();
  }

  @Test
  void namesTheBaseOfAdapters() {
    run(toDcp(false, true));
    assertThat(
            DcpCheckpoint.open(dcp.resolve("release"))
                .find("model.base_model.model.model." + EMBED))
        .isPresent();
  }

  @Test
  void comesBackByteByByteFromTheFolderOrItsRoot() throws IOException {
    run(toDcp(false, false));
    for (String load : List.of("release", "")) {
      ConversionPlan plan = toHf(load);
      assertThat(plan.warnings()).isEmpty();
      PlanExecutor.execute(plan, ExecutionOptions.defaults().withOverwrite(true));
      for (String name :
          List.of(FIRST, SECOND, SafetensorsIndex.FILE_NAME, "config.json", "tokenizer.json")) {
        assertThat(folder.resolve("back").resolve(name)).hasSameBinaryContentAs(hf.resolve(name));
      }
    }
  }

  @Test
  void comesBackWithoutTheOriginalWeights() throws IOException {
    run(toDcp(false, false));
    Path kept = Files.createDirectories(folder.resolve("kept"));
    Files.move(hf.resolve(FIRST), kept.resolve(FIRST));
    Files.writeString(hf.resolve(SECOND), "version https://git-lfs.github.com/spec/v1");
    ConversionPlan plan = toHf("release");
    assertThat(plan.warnings())
        .singleElement()
        .asString()
        .startsWith("The shapes of the original weights are not known: Cannot read ");
    run(plan);
    assertThat(folder.resolve("back").resolve(FIRST)).hasSameBinaryContentAs(kept.resolve(FIRST));
    assertThat(TestTensors.read(folder.resolve("back").resolve(SECOND)).get(EXPERTS).shape())
        .containsExactly(4L, 3L, 2L);
  }

  @Test
  void refusesTensorsThatAreNotThere() throws IOException {
    run(toDcp(false, false));
    SafetensorsIndex old = SafetensorsIndex.read(hf.resolve(SafetensorsIndex.FILE_NAME));
    TreeMap<String, String> more = new TreeMap<>(old.weightMap());
    more.put("lm_head.weight", FIRST);
    more.put("model.extra", FIRST);
    new SafetensorsIndex(OptionalLong.of(340), more).write(hf.resolve(SafetensorsIndex.FILE_NAME));
    assertThatThrownBy(() -> toHf("release"))
        .isInstanceOf(ConvertException.class)
        .hasMessage(
            "Cannot write model.extra: the checkpoint "
                + dcp.resolve("release")
                + " has no tensor model.model.extra");
    more.remove("model.extra");
    new SafetensorsIndex(OptionalLong.of(340), more).write(hf.resolve(SafetensorsIndex.FILE_NAME));
    ConversionPlan plan = toHf("release");
    assertThat(plan.warnings())
        .containsExactly(
            "lm_head.weight is not in the checkpoint and tied to the embedding; it is left out");
    run(plan);
    assertThat(SafetensorsIndex.read(folder.resolve("back").resolve(SafetensorsIndex.FILE_NAME)))
        .isEqualTo(old);
    config("{\"text_config\": {}}");
    assertThatThrownBy(() -> toHf("release"))
        .hasMessageStartingWith("Cannot write lm_head.weight: ");
  }

  @Test
  void tellsWhatTheIndexDoesNotHave() {
    run(toDcp(true, false));
    assertThat(toHf("release").warnings())
        .containsExactly(
            "1 tensors of the checkpoint are not in the index of model_assets_dir and are left"
                + " out, such as model.lm_head.weight");
  }

  @Test
  void refusesRowsThatAreNotOfTheExperts() throws IOException {
    run(toDcp(false, false));
    Files.delete(hf.resolve(SECOND));
    config("{\"text_config\": {\"num_experts\": 5}}");
    assertThatThrownBy(() -> toHf("release"))
        .hasMessage("Cannot write " + EXPERTS + ": 12 rows are not of 5 experts");
  }

  @Test
  void replacesPrefixesThereAndBack() throws IOException {
    List<String> fused = List.of("gate_up_proj");
    run(
        GenericDcp.hfToDcp(
            new GenericHfToDcpOptions(
                hf, dcp, "thinker.", "model.", Map.of("model.head", EMBED), fused)));
    DcpCheckpoint checkpoint = DcpCheckpoint.open(dcp.resolve("release"));
    assertThat(checkpoint.find("model.thinker.head")).isPresent();
    assertThat(checkpoint.find("model.thinker.visual.pos")).isPresent();
    run(
        GenericDcp.dcpToHf(
            new GenericDcpToHfOptions(
                dcp.resolve("release"), folder.resolve("back"), hf, "thinker.", "model.", fused)));
    assertThat(folder.resolve("back").resolve(SECOND)).hasSameBinaryContentAs(hf.resolve(SECOND));
  }

  @Test
  void refusesNamesThatFallTogether() {
    assertThatThrownBy(
            () ->
                GenericDcp.hfToDcp(
                    new GenericHfToDcpOptions(hf, dcp, EMBED, DENSE, Map.of(), List.of())))
        .hasMessage("Cannot name two tensors " + EMBED + ": " + EMBED + " and " + DENSE);
  }

  @Test
  void refusesToTieToNothing() {
    assertThatThrownBy(
            () ->
                GenericDcp.hfToDcp(
                    new GenericHfToDcpOptions(
                        hf, dcp, "", "", Map.of("head", "nothing"), List.of())))
        .hasMessage("Cannot tie head to nothing: no such tensor in " + hf);
  }

  @Test
  void replacesATensorOfItsOwnByTheTiedOne() {
    ConversionPlan plan =
        GenericDcp.hfToDcp(
            new GenericHfToDcpOptions(
                hf, dcp, "", "", Map.of("model.visual.pos", EMBED), List.of()));
    assertThat(plan.warnings())
        .containsExactly("model.visual.pos of the folder is replaced by " + EMBED);
  }

  @Test
  void writesOneFileOrOnePerInput() {
    run(GenericDcp.hfToDcp(new HfToDcpOptions(hf, dcp, "p.", false)));
    assertThat(DcpCheckpoint.open(dcp.resolve("release")).files()).hasSize(1);
    Path sharded = folder.resolve("sharded");
    run(GenericDcp.hfToDcp(new HfToDcpOptions(hf, sharded, "p.", true)));
    assertThat(DcpCheckpoint.open(sharded.resolve("release")).files()).hasSize(2);
    run(
        GenericDcp.mergeDcpToHf(
            new MergeDcpToHfOptions(sharded, folder.resolve("back"), hf, "p.")));
    assertThat(folder.resolve("back").resolve(FIRST)).hasSameBinaryContentAs(hf.resolve(FIRST));
  }

  @Test
  void refusesFoldersThatAreNone() {
    assertThatThrownBy(
            () -> GenericDcp.hfToDcp(new HfToDcpOptions(folder.resolve("no"), dcp, "", true)))
        .hasMessage("hf_dir: not a directory: " + folder.resolve("no"));
    assertThatThrownBy(
            () ->
                GenericDcp.mergeDcpToHf(
                    new MergeDcpToHfOptions(dcp, dcp, folder.resolve("no"), "")))
        .hasMessage("model_assets_dir: not a directory: " + folder.resolve("no"));
    assertThatThrownBy(() -> GenericDcp.mergeDcpToHf(new MergeDcpToHfOptions(dcp, hf, hf, "")))
        .hasMessage("save_dir: it is the folder model_assets_dir: " + hf);
    assertThatThrownBy(() -> toHf("release"))
        .hasMessage("Cannot read " + dcp.resolve("release") + ": it holds no file .metadata");
  }
}
