package io.sparkmm.convert.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.TestTensors;
import io.sparkmm.convert.command.HfToMm;
import io.sparkmm.convert.command.HfToMmOptions;
import io.sparkmm.convert.command.MmToHf;
import io.sparkmm.convert.command.MmToHfOptions;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The tiny checkpoints of all families through files of ranks and back. With {@code
 * -Dsparkmm.keep=<folder>} the results stay, for {@code check_models.py}.
 */
final class GoldenRoundTripTest {

  @TempDir private Path temporary;

  private Path folder(String name) throws IOException {
    String keep = System.getProperty("sparkmm.keep", "");
    return keep.isEmpty()
        ? temporary.resolve(name)
        : Files.createDirectories(Path.of(keep)).resolve(name);
  }

  @ParameterizedTest
  @CsvSource({
    "Qwen2VLConverter, qwen2vl-sharded, 2, 2, 2, false",
    "Qwen2VLConverter, qwen2vl-sharded, 2, 1, 2, true",
    "Qwen2VLConverter, qwen2vl-tied, 2, 1, 2, false",
    "Qwen2_5_VLConverter, qwen2.5vl, 3, 2, 1, false",
    "Qwen2_5_VLConverter, qwen2.5vl-tied, 3, 2, 1, true",
    "InternVLConverter, internvl-qwen2, 3, 2, 1, false",
    "InternVLConverter, internvl-llama, 3, 2, 1, false",
    "InternVLConverter, internvl-internlm2, 3, 2, 1, false",
    "Qwen3VLMegatronConverter, qwen3vl, 3, 2, 1, false",
    "Qwen3VLMegatronConverter, qwen3vl-tied, 3, 1, 1, false",
    "Qwen3VLMegatronConverter, qwen3vl-moe, 3, 2, 1, false",
  })
  void comesBackFromFilesOfRanks(
      String converter, String model, int vision, int tp, int last, boolean canonical)
      throws IOException {
    ModelFamily family = ModelFamilies.standard().family(converter);
    Path original = TestTensors.golden("models").resolve(model);
    String name = model + (canonical ? "-canonical" : "") + "-tp" + tp;
    Path mm = folder(name + "-mm");
    Path back = folder(name + "-hf");
    ParallelLayout layout =
        new ParallelLayout(
            List.of(List.of(1, last)), List.of(List.of(vision, 0)), Optional.empty(), tp, 0, 0, 1);

    PlanExecutor.execute(
        HfToMm.plan(
            family,
            new HfToMmOptions(mm, layout, original, Optional.empty(), false, canonical, false)),
        ExecutionOptions.defaults().withOverwrite(true));
    PlanExecutor.execute(
        MmToHf.plan(
            family, new MmToHfOptions(mm, Optional.empty(), layout, original, back, canonical)),
        ExecutionOptions.defaults().withOverwrite(true));

    Map<String, String> expected = contents(original);
    assertThat(contents(back)).containsAllEntriesOf(expected);
    try (Stream<Path> files = Files.list(mm.resolve("release"))) {
      assertThat(files.filter(Files::isDirectory)).hasSize(2 * tp);
    }
  }

  /** Per tensor its file, type, shape and bytes, per other file its bytes. */
  private static Map<String, String> contents(Path folder) throws IOException {
    Map<String, String> result = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors")) {
          TestTensors.read(file)
              .forEach((key, view) -> result.put(name + " " + key, describe(view)));
        } else if (Files.isRegularFile(file)) {
          result.put(name, Files.readString(file));
        }
      }
    }
    return result;
  }

  private static String describe(TensorView view) {
    return view.dtype()
        + " "
        + view.shape()
        + " "
        + java.util.HexFormat.of().formatHex(TestTensors.bytes(view));
  }
}
