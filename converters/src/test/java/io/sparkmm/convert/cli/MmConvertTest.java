package io.sparkmm.convert.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.safetensors.TestFiles;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.torch.TorchFile;
import io.sparkmm.convert.torch.TorchTensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MmConvertTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object... args) {
    List<String> words = Arrays.stream(args).map(Object::toString).toList();
    return MmConvert.run(words, Map.of(), new PrintWriter(out, true), new PrintWriter(err, true));
  }

  private Path writeModel() {
    return TestFiles.write(
        folder.resolve("model.safetensors"),
        List.of(TensorSpec.of("layer.weight", DType.BF16, 4, 2), TensorSpec.of("bias", DType.F32)),
        TestFiles::pattern);
  }

  @Test
  void inspectPrintsATable() {
    writeModel();

    assertThat(run("inspect", folder)).isZero();
    assertThat(out.toString().lines())
        .containsExactly(
            "tensor        dtype    shape   bytes  file",
            "bias          F32      []          4  model.safetensors",
            "layer.weight  BF16     [4, 2]     16  model.safetensors",
            "2 tensors, 9 elements, 20 bytes",
            "  BF16     1 tensors, 8 elements",
            "  F32      1 tensors, 1 elements");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void inspectPrintsJson() throws IOException {
    Path file = writeModel();

    assertThat(run("inspect", "--json", file)).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("total_bytes").asLong()).isEqualTo(20);
    assertThat(json.path("total_elements").asLong()).isEqualTo(9);
    JsonNode weight = json.path("tensors").get(1);
    assertThat(weight.path("name").asText()).isEqualTo("layer.weight");
    assertThat(weight.path("dtype").asText()).isEqualTo("BF16");
    assertThat(weight.path("shape")).hasToString("[4,2]");
    assertThat(weight.path("bytes").asLong()).isEqualTo(16);
    assertThat(weight.path("file").asText()).isEqualTo("model.safetensors");
    assertThat(weight.path("offset").asLong()).isEqualTo(file.toFile().length() - 16);
  }

  @Test
  void inspectNamesTheDefect() {
    Path file = TestFiles.raw(folder.resolve("x.safetensors"), "{}", 1);

    assertThat(run("inspect", file)).isEqualTo(1);
    assertThat(err.toString().trim())
        .isEqualTo("mm-convert: Cannot read " + file + ": 1 bytes follow the last tensor");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void inspectNamesAMissingPath() {
    Path absent = folder.resolve("absent");

    assertThat(run("inspect", absent)).isEqualTo(1);
    assertThat(err.toString()).contains("Cannot read " + absent);
  }

  @Test
  void verifyPraisesASoundFolder() {
    writeModel();

    assertThat(run("verify", folder)).isZero();
    assertThat(out.toString().trim())
        .isEqualTo(
            "sound: safetensors headers and index, 1 files, 2 tensors, 20 bytes, 0 problems, 0 warnings");
  }

  @Test
  void verifyListsProblemsAndFails() {
    Path a = TestFiles.raw(folder.resolve("a.safetensors"), "{", 0);
    Path b = TestFiles.raw(folder.resolve("b.safetensors"), "[]", 0);

    assertThat(run("verify", folder)).isEqualTo(1);
    assertThat(out.toString())
        .contains("problem: Cannot read " + a + ": the header is not JSON")
        .contains("problem: Cannot read " + b + ": the header does not begin with {")
        .contains(
            "not sound: safetensors headers and index, 2 files, 0 tensors, 0 bytes, 2 problems, 1 warnings");
  }

  private Object[] conversion(String... more) {
    String model = Path.of("src/test/golden/models/qwen2vl-sharded").toString();
    List<Object> args =
        new ArrayList<>(
            List.of(
                "Qwen2VLConverter",
                "hf_to_mm",
                "--cfg.mm_dir",
                folder.resolve("mm"),
                "--cfg.hf_config.hf_dir",
                model,
                "--cfg.parallel_config.llm_pp_layers=[[1,2]]",
                "--cfg.parallel_config.vit_pp_layers=[[2,0]]"));
    args.addAll(List.of(more));
    return args.toArray();
  }

  @Test
  void planTellsWhatWouldBeDoneAndWritesNothing() {
    List<Object> args = new ArrayList<>(List.of("plan"));
    args.addAll(List.of(conversion()));

    assertThat(run(args.toArray())).isZero();
    assertThat(out.toString())
        .startsWith("Qwen2VLConverter hf_to_mm\nwrites  " + folder.resolve("mm/release") + "\n")
        .containsPattern("file +mp_rank_00_001/model_optim_rng.pt  .* 16 tensors of ")
        .contains("total   3 source files")
        .doesNotContain("linear_qkv");
    assertThat(folder.resolve("mm")).doesNotExist();
  }

  @Test
  void planInFullTellsWhereTheBytesOfEachTensorComeFrom() {
    List<Object> args = new ArrayList<>(List.of("plan", "--verbose"));
    args.addAll(List.of(conversion()));

    assertThat(run(args.toArray())).isZero();
    assertThat(out.toString())
        .contains(
            "text_decoder.decoder.layers.0.self_attention.linear_qkv.weight  F32 [32, 16] at ")
        .contains("model.layers.0.self_attn.q_proj.weight of model-00002-of-00003.safetensors");
  }

  @Test
  void resultOfAConversionIsListedAndChecked() {
    assertThat(run(conversion())).isZero();

    assertThat(run("inspect", folder.resolve("mm"))).isZero();
    assertThat(out.toString())
        .containsPattern(
            "text_decoder.output_layer.weight +F32 +\\[38, 16] +2432 +mp_rank_00_001/model_optim_rng.pt")
        .contains("55 tensors, 8448 elements, 33792 bytes");
    assertThat(run("inspect", folder.resolve("mm/release/mp_rank_00_000/model_optim_rng.pt")))
        .isZero();
    assertThat(run("verify", folder.resolve("mm"))).isZero();
    assertThat(out.toString())
        .contains("sound: every byte against sparkmm_conversion.json, 2 files");
  }

  @Test
  void resultsAreReplacedOnlyWhenAskedTo() {
    assertThat(run(conversion())).isZero();
    assertThat(out.toString()).contains("Qwen2VLConverter hf_to_mm: 2 files, ");
    assertThat(folder.resolve("mm/latest_checkpointed_iteration.txt")).hasContent("release");

    assertThat(run(conversion())).isEqualTo(1);
    assertThat(err.toString()).contains("use --overwrite to replace them");
    assertThat(run(conversion("--overwrite", "--threads=1"))).isZero();
  }

  @Test
  void layersThatTheModelDoesNotHaveAreWrongUsage() {
    assertThat(run(conversion("--cfg.parallel_config.llm_pp_layers=[[1,1]]"))).isEqualTo(2);
    assertThat(err.toString())
        .contains("error: ")
        .contains("parallel_config.llm_pp_layers [[1,1]] has 2 layers in all, but the model has 3");
  }

  @Test
  void missingTrackerIsFaultOfTheData() {
    assertThat(
            run(
                "Qwen2VLConverter",
                "mm_to_hf",
                "--cfg.mm_dir",
                folder,
                "--cfg.save_hf_dir",
                folder.resolve("hf"),
                "--cfg.hf_config.hf_dir",
                "src/test/golden/models/qwen2vl-sharded",
                "--cfg.parallel_config.llm_pp_layers=[3]",
                "--cfg.parallel_config.vit_pp_layers=[2]"))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("error: Cannot find " + folder + "/latest_checkpointed_iteration.txt");
  }

  @Test
  void helpListsConvertersAndOwnCommands() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("    Qwen2VLConverter    Converter for Qwen2-VL\n")
        .contains("commands of SparkMM:\n  inspect <folder|file>")
        .doesNotContain("Qwen35Converter");
  }

  @ParameterizedTest
  @ValueSource(strings = {"inspct", "--nope"})
  void unknownWordsAreWrongUsage(String word) {
    assertThat(run(word)).isEqualTo(2);
    assertThat(err.toString()).contains(word);
  }

  @Test
  void noCommandIsWrongUsage() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString())
        .contains("error: a subcommand is missing; available subcommands: Qwen2VLConverter, ");
  }

  @Test
  void aMissingOperandIsWrongUsage() {
    assertThat(run("inspect")).isEqualTo(2);
    assertThat(err.toString()).contains("<folder|file>");
  }

  @Test
  void damagedWeightsOfACheckpointAreNotConverted() throws IOException {
    assertThat(run(conversion())).isZero();
    Path file = folder.resolve("mm/release/mp_rank_00_001/model_optim_rng.pt");
    byte[] bytes = Files.readAllBytes(file);
    for (TorchTensor tensor : TorchFile.open(file).tensors("model").values()) {
      byte[] damaged = bytes.clone();
      damaged[(int) tensor.begin()] ^= 1;
      Files.write(file, damaged);

      assertThat(
              run(
                  "Qwen2VLConverter",
                  "mm_to_hf",
                  "--cfg.mm_dir",
                  folder.resolve("mm"),
                  "--cfg.save_hf_dir",
                  folder.resolve("hf"),
                  "--cfg.hf_config.hf_dir",
                  "src/test/golden/models/qwen2vl-sharded",
                  "--cfg.parallel_config.llm_pp_layers=[1,2]",
                  "--cfg.parallel_config.vit_pp_layers=[2,0]"))
          .isEqualTo(1);
      assertThat(err.toString()).contains("Cannot read " + file).contains("it was damaged");
      assertThat(folder.resolve("hf")).doesNotExist();
    }
  }
}
