package io.sparkmm.conf.load;

import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.load.ConfigFile.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OneYamlTrapsTest {
  private static final String TOOLS = "MM_TOOL_PATH: ''\n";

  private static final String SECTIONS =
      """
      model:
        model_id: qwen2vl
        img_context_token_id: 7
        image_encoder:
          vision_encoder: {num_layers: 2, hidden_size: 64, num_attention_heads: 4}
          vision_projector: {input_size: 64, hidden_size: 96}
        text_decoder:
          {num_layers: 3, hidden_size: 96, num_attention_heads: 4, vocab_size: 512,
           max_position_embeddings: 2048, mrope_section: [4, 4, 4]}
      data:
        dataset_param:
          dataset_type: huggingface
          preprocess_parameters: {model_name_or_path: *folder}
          basic_parameters: {dataset: a.json, dataset_dir: *folder}
          attr: {}
        dataloader_param:
          dataloader_mode: sampler
          collate_param: {model_name: qwen2vl, ignore_pad_token_for_loss: true}
      """;

  private static final String ARGUMENTS =
      """
      folder: &folder weights
      gpt_args:
        batch: {micro_batch_size: 1, seq_length: 64}
        training: {train_iters: 10, lr: 1.0e-5, load: *folder, bf16: false, save: null}
      """;

  @TempDir private Path folder;

  private final ConfigProblems problems = new ConfigProblems();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bf16: true | --bf16",
        "bf16: false | ''",
        "bf16: ~ | ''",
        "save: | ''",
        "save: '' | '--save '",
        "lr: 1e-5 | --lr 1.0E-5",
        "seed: 0 | --seed 0",
        "seed: '007' | --seed 007",
        "a: {b: {c: {d_e: 1}}} | --d-e 1",
        "a: {} | ''",
        "a: {x: 1, b: {x: 2}} | --x 2",
        "names: [a, b] | --names a b",
        "names: [1, 2.5, true] | --names 1 2.5 true",
        "x: 1, a: {x: false} | ''",
        "a: {x: false}, x: 1 | --x 1",
      })
  void leavesBecomeOptions(String args, String expected) {
    List<String> words = expand(TOOLS + "gpt_args: {" + args + "}\n");

    assertThat(String.join(" ", words.subList(0, words.size() - 6))).isEqualTo(expected);
    assertThat(messages()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora_args: {lora_r: 4} | --seed 1 --lora-r 4",
        "lora_args: {deep: {seed: 2}} | --seed 2",
        "lora_args: {seed: false} | ''",
        "lora_args: {} | --seed 1",
        "lora_args: | --seed 1",
      })
  void loraArgumentsComeOverTheOthers(String lora, String expected) {
    List<String> words = expand(TOOLS + "gpt_args: {seed: 1}\n" + lora + "\n");

    assertThat(String.join(" ", words.subList(0, words.size() - 6))).isEqualTo(expected);
    assertThat(messages()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"[lora_r]", "4", "text", "true"})
  void loraArgumentsThatAreNoObjectAreRefused(String value) {
    expand(TOOLS + "gpt_args: {}\nlora_args: " + value + "\n");

    assertThat(messages())
        .containsExactly("train.yaml: lora_args: expected an object of arguments");
  }

  @ParameterizedTest
  @CsvSource({"gpt_args: [1]", "gpt_args: text", "gpt_args: ~", "gpt_arg: {}"})
  void argumentsMustBeAnObject(String section) {
    expand(TOOLS + section + "\n");

    assertThat(messages())
        .containsExactly("train.yaml: gpt_args: is required: expected an object of arguments");
  }

  @ParameterizedTest
  @CsvSource({"MM_TOOL_PATH: 3", "MM_TOOL_PATH: ~", "MM_TOOL_PATH: [a]", "mm_tool_path: a"})
  void thePathOfTheToolsFileMustBeAText(String line) {
    expand(line + "\ngpt_args: {}\n");

    assertThat(messages())
        .containsExactly("train.yaml: MM_TOOL_PATH: is required: expected the path of tools.json");
  }

  @Test
  void anObjectInAListIsNoOption() {
    expand(TOOLS + "gpt_args: {names: [a, {b: 1}], rows: [[1]]}\n");

    assertThat(messages())
        .containsExactly(
            "train.yaml: names: expected texts, numbers, true or false in the list",
            "train.yaml: rows: expected texts, numbers, true or false in the list");
  }

  @Test
  void oneFileWithAnchorsStartsATraining() throws IOException {
    TrainingConfiguration loaded = load(TOOLS + ARGUMENTS + SECTIONS);

    assertThat(loaded.launch().checkpoint().load()).contains("weights");
    assertThat(loaded.launch().checkpoint().save()).isEmpty();
    assertThat(loaded.launch().precision().bf16()).isFalse();
    assertThat(loaded.data().datasetParam().basicParameters().datasetDir()).isEqualTo("weights");
    assertThat(loaded.data().datasetParam().preprocessParameters().modelNameOrPath())
        .contains("weights");
    assertThat(loaded.launch().sources().mmModel())
        .isEqualTo(loaded.launch().sources().mmData())
        .contains(folder.resolve("train.yaml").toString());
  }

  @Test
  void wordsAfterTheFileWinOverIt() throws IOException {
    TrainingConfiguration loaded =
        load(TOOLS + ARGUMENTS + SECTIONS, "--lr", "3e-5", "--seed", "8");

    assertThat(loaded.launch().schedule().lr()).isEqualTo(3e-5);
    assertThat(loaded.launch().run().seed()).isEqualTo(8);
  }

  @Test
  void sectionsThatAreMissingAreAllNamed() {
    assertThat(problemsOf(() -> load("folder: x\n")))
        .extracting(problem -> problem.replace(folder + "/", ""))
        .contains(
            "train.yaml: gpt_args: is required: expected an object of arguments",
            "train.yaml: MM_TOOL_PATH: is required: expected the path of tools.json",
            "train.yaml: model: the section is missing in this YAML file",
            "train.yaml: data: the section is missing in this YAML file");
  }

  @Test
  void problemsInASectionAreNamedFromTheSectionOn() {
    String wrong = SECTIONS.replace("dataloader_mode: sampler", "dataloader_mode: sampling");

    assertThat(problemsOf(() -> load(TOOLS + ARGUMENTS + wrong)))
        .singleElement()
        .asString()
        .contains("train.yaml: dataloader_param.dataloader_mode = sampling: must be one of ");
  }

  private TrainingConfiguration load(String text, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("train.yaml"), text);
    List<String> words = new ArrayList<>(List.of(file.toString()));
    words.addAll(List.of(more));
    return ConfigLoader.load(words, Map.of());
  }

  private List<String> expand(String text) {
    return ConfigFile.parse(Kind.LAUNCH, "train.yaml", text, problems)
        .map(file -> OneYamlLaunch.expand(file, problems))
        .orElseThrow();
  }

  private List<String> messages() {
    return problems.problems().stream().map(ConfigProblem::toString).toList();
  }
}
