package io.sparkmm.convert.dcp.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.safetensors.SafetensorsWriter;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.torch.TorchFile;
import io.sparkmm.convert.torch.TorchFileLayout;
import io.sparkmm.convert.torch.TorchFileWriter;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges of small whole numbers, the results of which are exact in any order. */
final class LoraCommandsTest {

  private static final String LAYER = "model.layers.0.q_proj";

  @TempDir private Path folder;
  private Path base;
  private Path lora;
  private Path out;

  @BeforeEach
  void makeFolders() throws IOException {
    base = Files.createDirectories(folder.resolve("base"));
    lora = folder.resolve("adapters.safetensors");
    out = folder.resolve("out");
    Files.writeString(base.resolve("config.json"), "{}");
    Files.writeString(base.resolve("merges.txt"), "a b");
    safetensors(
        base.resolve("model.safetensors"),
        Map.of(LAYER + ".weight", matrix(2, 3, 0, 1, 2, 3, 4, 5), "norm", matrix(1, 2, 7, 8)));
    safetensors(lora, adapter(LAYER));
  }

  /** B x A is [[1, 2, 3], [2, 4, 6]]. */
  private static Map<String, float[][]> adapter(String layer) {
    Map<String, float[][]> tensors = new LinkedHashMap<>();
    tensors.put(layer + ".lora_A.default.weight", matrix(1, 3, 1, 2, 3));
    tensors.put(layer + ".lora_B.default.weight", matrix(2, 1, 1, 2));
    return tensors;
  }

  private static float[][] matrix(int rows, int columns, float... values) {
    float[][] matrix = new float[rows][columns];
    for (int at = 0; at < values.length; at++) {
      matrix[at / columns][at % columns] = values[at];
    }
    return matrix;
  }

  private static void safetensors(Path file, Map<String, float[][]> tensors) {
    List<TensorSpec> specs =
        tensors.entrySet().stream().map(e -> spec(e.getKey(), e.getValue())).toList();
    try (SafetensorsWriter out = SafetensorsWriter.create(file, specs, SafetensorsWriter.TORCH)) {
      tensors.forEach((name, matrix) -> out.append(name, bytes(matrix)));
      out.commit();
    }
  }

  private static TensorSpec spec(String name, float[][] matrix) {
    return TensorSpec.of(name, DType.F32, matrix.length, matrix[0].length);
  }

  private static ByteBuffer bytes(float[][] matrix) {
    ByteBuffer bytes =
        ByteBuffer.allocate(matrix.length * matrix[0].length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : matrix) {
      for (float value : row) {
        bytes.putFloat(value);
      }
    }
    return bytes.flip();
  }

  private static void checkpoint(Path file, Map<String, float[][]> tensors) throws IOException {
    Files.createDirectories(file.getParent());
    Map<String, Object> specs = new LinkedHashMap<>();
    tensors.forEach((name, matrix) -> specs.put(name, spec(name, matrix)));
    TorchFileWriter.write(
        file,
        TorchFileLayout.of("model_optim_rng", Map.of("model", specs)),
        (place, offset, target) -> target.put(bytes(tensors.get(place.name()))));
  }

  private static void run(ConversionPlan plan) {
    PlanExecutor.execute(plan, ExecutionOptions.defaults());
  }

  private MergeHfLoraOptions options(int alpha, int rank, String... targets) {
    return new MergeHfLoraOptions(base, lora, out, List.of(targets), alpha, rank);
  }

  @Test
  void mergesIntoAHuggingFaceFolder() {
    run(LoraScripts.mergeHf(options(16, 8, "q_proj")));
    try (SafetensorsFile file = SafetensorsFile.open(out.resolve("model.safetensors"))) {
      TensorView merged = TensorView.of(file.tensor(LAYER + ".weight"));
      assertThat(merged.dtype()).isEqualTo(DType.BF16);
      assertThat(bf16(merged)).containsExactly(2, 5, 8, 7, 12, 17);
      assertThat(file.tensor("norm").dtype()).isEqualTo(DType.F32);
    }
    assertThat(out.resolve("merges.txt")).hasContent("a b");
  }

  private static float[] bf16(TensorContent content) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect((int) content.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    try (SourceFiles files = new SourceFiles()) {
      content.read(0, bytes, files);
    }
    float[] values = new float[bytes.flip().remaining() / 2];
    for (int at = 0; at < values.length; at++) {
      values[at] = Float.intBitsToFloat(bytes.getShort(2 * at) << 16);
    }
    return values;
  }

  @Test
  void mergesThroughADistributedCheckpoint() throws IOException {
    Path peft = Files.createDirectories(folder.resolve("peft"));
    Map<String, float[][]> tensors = new LinkedHashMap<>();
    adapter("base_model.model." + LAYER)
        .forEach((name, matrix) -> tensors.put(name.replace(".default", ""), matrix));
    safetensors(peft.resolve("adapter_model.safetensors"), tensors);
    Path dcp = folder.resolve("dcp");
    run(Qwen3VlDcp.loraHfToDcp(new LoraHfToDcpOptions(peft, dcp)));
    run(Qwen3VlDcp.mergeLora(new MergeDcpLoraOptions(base, dcp, List.of("q_proj"), out, 2.0)));
    try (SafetensorsFile file = SafetensorsFile.open(out.resolve("model.safetensors"))) {
      assertThat(bf16(TensorView.of(file.tensor(LAYER + ".weight"))))
          .containsExactly(2, 5, 8, 7, 12, 17);
    }
  }

  private MergeMmLoraOptions mm(int pp, int tp, String... targets) {
    return new MergeMmLoraOptions(
        folder.resolve("mm"),
        folder.resolve("mm-lora"),
        out,
        List.of(targets),
        new MergeMmLoraOptions.Scaling(16, 8),
        new MergeMmLoraOptions.Ranks(pp, tp));
  }

  @Test
  void mergesRankByRankInTheStoredType() throws IOException {
    for (int stage = 0; stage < 2; stage++) {
      String rank = "mp_rank_00_00" + stage + "/model_optim_rng.pt";
      checkpoint(
          folder.resolve("mm/release").resolve(rank),
          Map.of(stage == 0 ? "other.weight" : LAYER + ".weight", matrix(2, 3, 0, 1, 2, 3, 4, 5)));
      checkpoint(
          folder.resolve("mm-lora/iter_0000020").resolve(rank),
          stage == 0 ? Map.of() : adapter(LAYER));
    }
    Files.writeString(folder.resolve("mm-lora/latest_checkpointed_iteration.txt"), "20\n");
    run(LoraScripts.mergeMm(mm(2, 1, "q_proj")));
    TorchFile file = TorchFile.open(out.resolve("release/mp_rank_00_001/model_optim_rng.pt"));
    TensorView merged =
        TensorView.of(file.tensors("model").get(LAYER + ".weight").stored("merged"));
    assertThat(merged.dtype()).isEqualTo(DType.F32);
    try (SourceFiles files = new SourceFiles()) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN);
      merged.read(0, bytes, files);
      assertThat(bytes.flip()).isEqualTo(bytes(matrix(2, 3, 2, 5, 8, 7, 12, 17)));
    }
    assertThat(file.dict().get("checkpoint_version")).contains(3.0);
    assertThat(out.resolve("latest_checkpointed_iteration.txt")).hasContent("release");
    assertThatThrownBy(() -> LoraScripts.mergeMm(mm(2, 1, "fc9")))
        .hasMessageStartingWith("lora_target_modules: [fc9] occur in no adapter of ");
    assertThatThrownBy(() -> LoraScripts.mergeMm(mm(1, 1)))
        .hasMessageContaining("it holds more ranks than the options say");
    assertThatThrownBy(() -> LoraScripts.mergeMm(mm(0, 0)))
        .hasMessageContaining("pp_size: must be greater than 0, is 0")
        .hasMessageContaining("tp_size: must be greater than 0, is 0");
  }

  @Test
  void refusesARankOfZero() {
    assertThatThrownBy(() -> LoraScripts.mergeHf(options(16, 0)))
        .hasMessage("lora_r: must be greater than 0, is 0")
        .extracting(failure -> ((ConvertException) failure).kind())
        .isEqualTo(ConvertException.Kind.USAGE);
  }

  @Test
  void refusesAdaptersOfOtherModels() {
    lora = folder.resolve("other.safetensors");
    Map<String, float[][]> tensors = adapter("other");
    tensors.putAll(adapter("norm2"));
    safetensors(lora, tensors);
    assertThatThrownBy(() -> LoraScripts.mergeHf(options(16, 8)))
        .hasMessage(
            "Cannot merge adapter norm2: "
                + base
                + " has no tensor norm2.weight"
                + System.lineSeparator()
                + "Cannot merge adapter other: "
                + base
                + " has no tensor other.weight");
  }

  @Test
  void refusesAdaptersOfOtherShapes() {
    lora = folder.resolve("wide.safetensors");
    Map<String, float[][]> tensors = adapter(LAYER);
    tensors.put(LAYER + ".lora_A.default.weight", matrix(1, 4));
    safetensors(lora, tensors);
    assertThatThrownBy(() -> LoraScripts.mergeHf(options(16, 8)))
        .hasMessage(
            "Cannot merge adapter "
                + LAYER
                + " into "
                + LAYER
                + ".weight: B [2, 1] times A [1, 4] is no weight of [2, 3]");
  }

  @Test
  void refusesToWriteIntoItsInput() {
    assertThatThrownBy(
            () -> LoraScripts.mergeHf(new MergeHfLoraOptions(base, lora, base, List.of(), 1, 1)))
        .hasMessage("save_merged_hf_dir: it is the folder base_hf_dir: " + base);
    assertThatThrownBy(
            () -> LoraScripts.mergeHf(new MergeHfLoraOptions(base, base, out, List.of(), 1, 1)))
        .hasMessage("lora_safetensors: not a file: " + base);
  }
}
