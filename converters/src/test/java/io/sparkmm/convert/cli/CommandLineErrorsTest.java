package io.sparkmm.convert.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What users read when a command line is wrong. */
final class CommandLineErrorsTest {

  @TempDir private Path folder;
  private Path hf;

  @BeforeEach
  void makeHuggingFaceFolder() throws IOException {
    hf = Files.createDirectory(folder.resolve("hf"));
    Files.createFile(hf.resolve("model.safetensors"));
    Files.writeString(hf.resolve("config.json"), "{}");
  }

  private static List<String> errors(List<String> args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        MmConvert.run(args, Map.of(), new PrintWriter(out, true), new PrintWriter(err, true));
    assertThat(code).as(err.toString()).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
    return err.toString()
        .lines()
        .filter(line -> line.startsWith("error: "))
        .map(line -> line.substring("error: ".length()))
        .toList();
  }

  private List<String> hfToMm(String... more) {
    return errors(hfToMm(List.of("--cfg.mm_dir", folder.resolve("mm").toString()), more));
  }

  private List<String> hfToMm(List<String> target, String... more) {
    List<String> args = new ArrayList<>(List.of("Qwen2VLConverter", "hf_to_mm"));
    args.addAll(target);
    args.addAll(List.of("--cfg.hf_config.hf_dir", hf.toString()));
    args.addAll(List.of("--cfg.parallel_config.llm_pp_layers", "[[1,10,10,7]]"));
    args.addAll(List.of("--cfg.parallel_config.vit_pp_layers", "[[32,0,0,0]]"));
    args.addAll(List.of(more));
    return args;
  }

  private List<String> mmToHf(String... more) {
    List<String> args = new ArrayList<>(List.of("Qwen2VLConverter", "mm_to_hf"));
    args.addAll(List.of("--cfg.mm_dir", folder.resolve("mm").toString()));
    args.addAll(List.of("--cfg.save_hf_dir", folder.resolve("out").toString()));
    args.addAll(List.of("--cfg.hf_config.hf_dir", hf.toString()));
    args.addAll(List.of("--cfg.parallel_config.llm_pp_layers", "[28]"));
    args.addAll(List.of("--cfg.parallel_config.vit_pp_layers", "[32]"));
    args.addAll(List.of(more));
    return errors(args);
  }

  private List<String> resplit(String... more) {
    List<String> args = new ArrayList<>(List.of("Qwen2VLConverter", "resplit"));
    args.addAll(List.of("--cfg.source_dir", hf.toString()));
    args.addAll(List.of("--cfg.target_dir", folder.resolve("out").toString()));
    for (String side : List.of("source", "target")) {
      args.addAll(List.of("--cfg." + side + "_parallel_config.llm_pp_layers", "[28]"));
      args.addAll(List.of("--cfg." + side + "_parallel_config.vit_pp_layers", "[32]"));
    }
    args.addAll(List.of(more));
    return errors(args);
  }

  @Test
  void missingHuggingFaceFolder() {
    assertThat(hfToMm("--cfg.hf_config.hf_dir", "/absent"))
        .containsExactly("cfg.hf_config.hf_dir: not a directory: /absent");
  }

  @Test
  void fileInsteadOfHuggingFaceFolder() {
    assertThat(hfToMm("--cfg.hf_config.hf_dir", hf + "/config.json"))
        .containsExactly("cfg.hf_config.hf_dir: not a directory: " + hf + "/config.json");
  }

  @Test
  void huggingFaceFolderWithoutContent() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));

    assertThat(hfToMm("--cfg.hf_config.hf_dir", empty.toString()))
        .containsExactly(
            "cfg.hf_config.hf_dir: No *.safetensors files found in " + empty,
            "cfg.hf_config.hf_dir: No config.json in " + empty);
  }

  @Test
  void filesOfDeeperFoldersDoNotCount() throws IOException {
    Files.delete(hf.resolve("model.safetensors"));
    Files.createDirectory(hf.resolve("deeper"));
    Files.createFile(hf.resolve("deeper/model.safetensors"));

    assertThat(hfToMm())
        .containsExactly("cfg.hf_config.hf_dir: No *.safetensors files found in " + hf);
  }

  @Test
  void raggedLists() {
    assertThat(hfToMm("--cfg.parallel_config.llm_pp_layers", "[[1,10],[10]]"))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers [[1,10],[10]]: inner lists must have equal length,"
                + " got [1, 2]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[[]]", "[[],[]]"})
  void emptyLists(String list) {
    assertThat(hfToMm("--cfg.parallel_config.vit_pp_layers", list).get(0))
        .startsWith("cfg.parallel_config.vit_pp_layers [[]")
        .endsWith("must have at least one stage");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0   | must be an integer above 0, got 0",
        "-2  | must be an integer above 0, got -2",
        "a   | must be an integer above 0, got \"a\"",
        "2.0 | must be an integer above 0, got 2.0",
        "true| must be an integer above 0, got true",
        "two | must be an integer above 0, got \"two\"",
        "null| must be an integer above 0, got null"
      })
  void tensorParallelSizeThatIsNone(String value, String message) {
    assertThat(hfToMm("--cfg.parallel_config.tp_size=" + value))
        .containsExactly("cfg.parallel_config.tp_size: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[1,-1]]  | element 1 element 2 must be an integer of at least 0, got -1",
        "[[1,2.0]] | element 1 element 2 must be an integer of at least 0, got 2.0",
        "[[true]]  | element 1 element 1 must be an integer of at least 0, got true"
      })
  void layerCountThatIsNone(String value, String message) {
    assertThat(hfToMm("--cfg.parallel_config.llm_pp_layers", value))
        .containsExactly("cfg.parallel_config.llm_pp_layers: " + message);
  }

  @Test
  void flatListWhereNestedOnesAreMeant() {
    assertThat(hfToMm("--cfg.parallel_config.llm_pp_layers", "[1,10,10,7]"))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers: hf_to_mm takes nested lists ([[1,10,10,7]]), got"
                + " [1,10,10,7]");
  }

  @Test
  void listsOfWrongFormBesideValuesOfWrongType() {
    assertThat(
            hfToMm(
                "--cfg.parallel_config.llm_pp_layers",
                "[[1,10],[10]]",
                "--cfg.parallel_config.vit_pp_layers",
                "[[]]",
                "--cfg.parallel_config.tp_size",
                "two"))
        .containsExactlyInAnyOrder(
            "cfg.parallel_config.tp_size: must be an integer above 0, got \"two\"",
            "cfg.parallel_config.llm_pp_layers [[1,10],[10]]: inner lists must have equal length,"
                + " got [1, 2]",
            "cfg.parallel_config.vit_pp_layers [[]] must have at least one stage");
  }

  @Test
  void nestedListWhereAFlatOneIsMeant() {
    assertThat(mmToHf("--cfg.parallel_config.llm_pp_layers", "[[28]]"))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers: mm_to_hf takes a flat list ([28]), got [[28]]");
    assertThat(mmToHf("--cfg.parallel_config.llm_pp_layers", "[[14],[14]]"))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers: mm_to_hf takes a flat list, one number per device"
                + " and no virtual stages, got [[14],[14]]");
  }

  @Test
  void listCutByTheShell() {
    assertThat(hfToMm("--cfg.parallel_config.llm_pp_layers", "[[1,", "10],", "[2]]"))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers: must be a list, got \"[[1,\"; put a list that"
                + " contains blanks between quotes");
  }

  @Test
  void visionBehindText() {
    assertThat(hfToMm("--cfg.parallel_config.vit_pp_layers", "[[30,2,0,0]]"))
        .singleElement()
        .asString()
        .contains("cfg.parallel_config.vit_pp_layers [[30,2,0,0]] reaches to stage 1")
        .contains("cfg.parallel_config.llm_pp_layers [[1,10,10,7]] begins on stage 0");
  }

  @Test
  void visionSizeThatDoesNotDivide() {
    assertThat(hfToMm("--cfg.parallel_config.tp_size=4", "--cfg.parallel_config.vit_tp_size=3"))
        .containsExactly(
            "cfg.parallel_config.vit_tp_size 3 does not divide 4, the largest of tp_size 4,"
                + " vit_tp_size 3, audio_tp_size 0");
  }

  @Test
  void unknownOptionsAndKeys() {
    assertThat(hfToMm("--cfg.tp_size", "2", "--cfg.mm_dri=x", "--config", "{cfg: {hf_confg: {}}}"))
        .containsExactly(
            "unknown option --cfg.tp_size; did you mean --cfg.parallel_config.tp_size?",
            "unknown option --cfg.mm_dri; did you mean --cfg.mm_dir?",
            "unknown key cfg.hf_confg (in --config); did you mean cfg.hf_config?");
  }

  @Test
  void shortenedOptions() {
    assertThat(hfToMm("--cfg.parallel_config.tp", "2"))
        .containsExactly(
            "unknown option --cfg.parallel_config.tp; did you mean --cfg.parallel_config.tp_size?");
  }

  @Test
  void resplitToOtherNumbersOfLayers() {
    assertThat(
            resplit(
                "--cfg.target_parallel_config.vit_pp_layers=[30]",
                "--cfg.target_parallel_config.llm_pp_layers=[27]"))
        .containsExactly(
            "vit pp layers not equal! cfg.source_parallel_config.vit_pp_layers has 32 layers in"
                + " all, cfg.target_parallel_config.vit_pp_layers has 30",
            "llm pp layers not equal! cfg.source_parallel_config.llm_pp_layers has 28 layers in"
                + " all, cfg.target_parallel_config.llm_pp_layers has 27");
  }

  @Test
  void resplitOfNothing() {
    assertThat(resplit("--cfg.source_dir", "/absent"))
        .containsExactly("cfg.source_dir: not a directory: /absent");
  }

  @Test
  void resultsThatWouldReplaceTheirSources() {
    assertThat(resplit("--cfg.target_dir", hf + "/../hf/."))
        .containsExactly("cfg.target_dir: must not be the folder of cfg.source_dir, which is read");
    assertThat(mmToHf("--cfg.save_hf_dir", hf + "/out"))
        .containsExactly(
            "cfg.save_hf_dir: must not lie in the folder of cfg.hf_config.hf_dir, which is copied");
    assertThat(mmToHf("--cfg.save_hf_dir", folder.resolve("mm").toString()))
        .containsExactly("cfg.save_hf_dir: must not be the folder of cfg.mm_dir, which is read");
    assertThat(errors(hfToMm(List.of("--cfg.mm_dir", hf.toString()))))
        .containsExactly(
            "cfg.mm_dir: must not be the folder of cfg.hf_config.hf_dir, which is read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora_hf_to_mm", "lora_mm_to_hf"})
  void adaptersWithoutTheirLayout(String command) {
    assertThat(errors(List.of("Qwen2_5_VLConverter", command)))
        .contains(
            "cfg.common_model_config.enable_canonical_hf_struct: LoRA weight conversion only"
                + " supports enable_canonical_hf_struct=true");
  }

  @Test
  void iterationThatIsNone() {
    assertThat(mmToHf("--iteration=-3"))
        .containsExactly("iteration: must be release or a number above 0, got \"-3\"");
  }

  @Test
  void allProblemsAtOnce() {
    assertThat(
            errors(
                hfToMm(
                    List.of(),
                    "--cfg.parallel_config.tp_size=0",
                    "--cfg.save_vit_only=maybe",
                    "stray",
                    "--nope",
                    "--threads=x",
                    "--cfg.common_model_config.llm_hf_dir=/absent")))
        .containsExactly(
            "cfg.parallel_config.tp_size: must be an integer above 0, got 0",
            "cfg.save_vit_only: must be true or false, got \"maybe\"",
            "unexpected argument \"stray\"",
            "unknown option --nope",
            "threads: must be an integer above 0, got \"x\"",
            "cfg.mm_dir: required, give --cfg.mm_dir",
            "cfg.common_model_config.llm_hf_dir: not a directory: /absent");
  }

  @Test
  void emptyPaths() {
    assertThat(hfToMm("--cfg.mm_dir=")).containsExactly("cfg.mm_dir: must not be empty");
  }

  @ParameterizedTest
  @CsvSource({
    "InternVLConverter,resplit",
    "Qwen3VLConverter,hf_to_mm",
    "Qwen3VLConverter,mm_to_hf",
    "Qwen3VLConverter,resplit",
    "Qwen3VLMegatronConverter,resplit",
    "GenericDCPConverter,hf_to_mm",
    "GenericDCPConverter,mm_to_hf",
    "GenericDCPConverter,resplit",
    "Qwen2_5_VLConverter,hf_to_mm_dcp"
  })
  void placeholdersOfUpstream(String converter, String command) {
    assertThat(errors(List.of(converter, command, "--cfg.mm_dir", "x")))
        .containsExactly(converter + " does not support " + command);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Qwen35Converter", "WanConverter", "Mistral3Converter", "moe_expert"})
  void convertersThatAreLeftOut(String converter) {
    assertThat(errors(List.of(converter, "hf_to_mm", "--hf_dir", "x")))
        .singleElement()
        .asString()
        .startsWith(converter + " is not part of SparkMM: ");
  }

  @Test
  void unknownWords() {
    assertThat(errors(List.of("Qwen2VlConverter")))
        .containsExactly("unknown subcommand Qwen2VlConverter; did you mean Qwen2VLConverter?");
    assertThat(errors(List.of("Qwen2VLConverter")))
        .containsExactly(
            "a subcommand is missing; available subcommands: hf_to_mm, mm_to_hf, resplit");
    assertThat(errors(List.of("Qwen2VLConverter", "add_command")).get(0))
        .startsWith("unknown subcommand add_command");
  }

  @Test
  void scriptsSpelledEitherWay() {
    assertThat(errors(List.of("hf_to_dcp", "--hf-dir", "/absent", "--dcp_dir", "x")))
        .containsExactly("hf_dir: not a directory: /absent");
    assertThat(
            errors(
                List.of(
                    "merge_base_lora_weight",
                    "--lora_target_modules",
                    "q_proj",
                    "k_proj",
                    "--lora-r",
                    "0")))
        .containsExactly(
            "lora_r: must be an integer above 0, got 0",
            "base_save_dir: required, give --base_save_dir",
            "lora_save_dir: required, give --lora_save_dir",
            "merge_save_dir: required, give --merge_save_dir");
  }
}
