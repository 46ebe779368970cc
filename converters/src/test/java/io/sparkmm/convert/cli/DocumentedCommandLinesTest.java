package io.sparkmm.convert.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.args.ArgumentParser;
import io.sparkmm.convert.args.Request;
import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.command.HfToMmOptions;
import io.sparkmm.convert.command.MmToHfOptions;
import io.sparkmm.convert.command.ResplitOptions;
import io.sparkmm.convert.parallel.ParallelLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command lines that users have in their scripts, as a shell hands them on. */
final class DocumentedCommandLinesTest {

  private final Converters converters = Converters.standard();

  @TempDir private Path folder;
  private Path hf;

  @BeforeEach
  void makeHuggingFaceFolder() throws IOException {
    hf = Files.createDirectories(folder.resolve("ckpt/hf_path/Qwen2-VL-7B-Instruct"));
    Files.createFile(hf.resolve("model-00001-of-00005.safetensors"));
    Files.writeString(hf.resolve("config.json"), "{}");
  }

  private Settings settings(Map<String, String> environment, String... args) {
    Request request = new ArgumentParser(converters.root(), environment).parse(List.of(args));
    assertThat(request).isInstanceOf(Request.Run.class);
    Request.Run run = (Request.Run) request;
    Findings findings = new Findings();
    converters.command(run.words()).checks().accept(run.settings(), findings);
    assertThat(findings.problems()).isEmpty();
    assertThat(findings.warnings()).isEmpty();
    return run.settings();
  }

  private static ParallelLayout layout(String llm, String vit, int tp) {
    return new ParallelLayout(lists(llm), lists(vit), Optional.empty(), tp, 0, 0, 1);
  }

  private static List<List<Integer>> lists(String text) {
    List<List<Integer>> result = new ArrayList<>();
    for (String inner : text.substring(2, text.length() - 2).split("\\],\\[", -1)) {
      result.add(Arrays.stream(inner.split(",", -1)).map(Integer::valueOf).toList());
    }
    return result;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[28]]|[[32]]|1",
        "[[1,10,10,7]]|[[32,0,0,0]]|1",
        "[[5,11,11,11,11,11,11,9]]|[[32,0,0,0,0,0,0,0]]|2"
      })
  void toMindSpeed(String llm, String vit, int tp) {
    Settings settings =
        settings(
            Map.of(),
            "Qwen2VLConverter",
            "hf_to_mm",
            "--cfg.mm_dir",
            "ckpt/mm_path/Qwen2-VL-7B-Instruct",
            "--cfg.hf_config.hf_dir",
            hf.toString(),
            "--cfg.parallel_config.llm_pp_layers",
            llm,
            "--cfg.parallel_config.vit_pp_layers",
            vit,
            "--cfg.parallel_config.tp_size",
            Integer.toString(tp));

    assertThat(Bindings.hfToMm(settings, false))
        .isEqualTo(
            new HfToMmOptions(
                Path.of("ckpt/mm_path/Qwen2-VL-7B-Instruct"),
                layout(llm, vit, tp),
                hf,
                Optional.empty(),
                false,
                false,
                false));
  }

  @Test
  void toMindSpeedWithVirtualStages() {
    String llm = "[[0,0,0,1],[4,4,4,4],[4,3,2,2]]";
    String vit = "[[10,10,10,2],[0,0,0,0],[0,0,0,0]]";
    Settings settings =
        settings(
            Map.of(),
            "Qwen2VLConverter",
            "hf_to_mm",
            "--cfg.mm_dir=mm",
            "--cfg.hf_config.hf_dir=" + hf,
            "--cfg.parallel_config.llm_pp_layers",
            llm,
            "--cfg.parallel_config.vit_pp_layers",
            vit,
            "--cfg.parallel_config.tp_size",
            "1");

    ParallelLayout layout = Bindings.hfToMm(settings, false).parallel();
    assertThat(layout).isEqualTo(layout(llm, vit, 1));
    assertThat(layout.pp()).isEqualTo(4);
    assertThat(layout.vpp()).isEqualTo(3);
  }

  @Test
  void backToHuggingFace() {
    Settings settings =
        settings(
            Map.of(),
            "Qwen2VLConverter",
            "mm_to_hf",
            "--cfg.save_hf_dir",
            "ckpt/mm_to_hf/Qwen2-VL-7B-Instruct",
            "--cfg.mm_dir",
            "ckpt/mm_path/Qwen2-VL-7B-Instruct",
            "--cfg.hf_config.hf_dir",
            hf.toString(),
            "--cfg.parallel_config.llm_pp_layers",
            "[1,10,10,7]",
            "--cfg.parallel_config.vit_pp_layers",
            "[32,0,0,0]",
            "--cfg.parallel_config.tp_size",
            "1",
            "--iteration=100");

    assertThat(Bindings.mmToHf(settings))
        .isEqualTo(
            new MmToHfOptions(
                Path.of("ckpt/mm_path/Qwen2-VL-7B-Instruct"),
                Optional.of("100"),
                layout("[[1,10,10,7]]", "[[32,0,0,0]]", 1),
                hf,
                Path.of("ckpt/mm_to_hf/Qwen2-VL-7B-Instruct"),
                false));
  }

  @Test
  void resplit() {
    Settings settings =
        settings(
            Map.of(),
            "Qwen2VLConverter",
            "resplit",
            "--cfg.source_dir",
            folder.toString(),
            "--cfg.target_dir",
            "ckpt/mm_resplit_pp/Qwen2-VL-7B-Instruct",
            "--cfg.source_parallel_config.llm_pp_layers",
            "[1,10,10,7]",
            "--cfg.source_parallel_config.vit_pp_layers",
            "[32,0,0,0]",
            "--cfg.source_parallel_config.tp_size",
            "1",
            "--cfg.target_parallel_config.llm_pp_layers",
            "[4,24]",
            "--cfg.target_parallel_config.vit_pp_layers",
            "[32,0]",
            "--cfg.target_parallel_config.tp_size",
            "1");

    assertThat(Bindings.resplit(settings))
        .isEqualTo(
            new ResplitOptions(
                folder,
                Optional.empty(),
                layout("[[1,10,10,7]]", "[[32,0,0,0]]", 1),
                Path.of("ckpt/mm_resplit_pp/Qwen2-VL-7B-Instruct"),
                layout("[[4,24]]", "[[32,0]]", 1)));
  }

  @Test
  void configurationFile() throws IOException {
    Path file = folder.resolve("hf_to_mm.yaml");
    Files.writeString(
        file,
        """
        # comments of a printed configuration

        cfg:

          # (required, type: <class 'Path'>)
          mm_dir: "mm/Qwen2-VL-7B-Instruct"

          parallel_config:
            llm_pp_layers: [[1,10,10,7]]
            vit_pp_layers: [[32,0,0,0]]
            tp_size: 1

          hf_config:
            hf_dir: "HF"
        """
            .replace("HF", hf.toString()));

    Settings settings =
        settings(Map.of(), "Qwen2VLConverter", "hf_to_mm", "--config", file.toString());

    HfToMmOptions options = Bindings.hfToMm(settings, false);
    assertThat(options.mmDir()).isEqualTo(Path.of("mm/Qwen2-VL-7B-Instruct"));
    assertThat(options.parallel()).isEqualTo(layout("[[1,10,10,7]]", "[[32,0,0,0]]", 1));
  }

  @Test
  void environment() {
    String prefix = "MM_CONVERT_QWEN2VLCONVERTER__HF_TO_MM__CFG__";
    Map<String, String> environment = new TreeMap<>();
    environment.put("JSONARGPARSE_DEFAULT_ENV", "true");
    environment.put(prefix + "PARALLEL_CONFIG__LLM_PP_LAYERS", "[[1,10,10,7]]");
    environment.put(prefix + "PARALLEL_CONFIG__VIT_PP_LAYERS", "[[32,0,0,0]]");
    environment.put(prefix + "PARALLEL_CONFIG__TP_SIZE", "1");
    environment.put(prefix + "HF_CONFIG__HF_DIR", hf.toString());
    environment.put(prefix + "MM_DIR", "mm");

    HfToMmOptions options =
        Bindings.hfToMm(settings(environment, "Qwen2VLConverter", "hf_to_mm"), false);

    assertThat(options.parallel()).isEqualTo(layout("[[1,10,10,7]]", "[[32,0,0,0]]", 1));
    assertThat(options.hfDir()).isEqualTo(hf);
  }

  @Test
  void optionsWithoutEffectGetAWarning() {
    Request request =
        new ArgumentParser(converters.root(), Map.of())
            .parse(
                List.of(
                    "Qwen2VLConverter",
                    "hf_to_mm",
                    "--cfg.mm_dir=mm",
                    "--cfg.hf_config.hf_dir=" + hf,
                    "--cfg.parallel_config.llm_pp_layers=[[28]]",
                    "--cfg.parallel_config.vit_pp_layers=[[32]]",
                    "--cfg.llm_hf_config.hf_dir=" + hf,
                    "--cfg.common_model_config.llm_num_layers=28",
                    "--cfg.common_model_config.num_experts=0"));
    Findings findings = new Findings();
    Request.Run run = (Request.Run) request;
    converters.command(run.words()).checks().accept(run.settings(), findings);

    assertThat(findings.problems()).isEmpty();
    assertThat(findings.warnings())
        .containsExactly(
            "cfg.common_model_config.llm_num_layers has no effect here: it is always read from"
                + " config.json",
            "cfg.llm_hf_config has no effect; a separate language model is named by"
                + " cfg.common_model_config.llm_hf_dir");
  }

  @Test
  void everyCommandHasAPlanner() {
    assertThat(converters.commands()).hasSize(6 + 3 + 2 + 2 + 4 + 2 + 4);
  }
}
