package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Json;
import io.sparkmm.data.fixture.Serialized;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessorConfigTest {
  private static final String PUBLISHED =
      """
      {min_pixels: 3136, max_pixels: 12845056, patch_size: 14, temporal_patch_size: 2,
       merge_size: 2, image_mean: [0.48145466, 0.4578275, 0.40821073],
       image_std: [0.26862954, 0.26130258, 0.27577711],
       image_processor_type: 'Qwen2VLImageProcessor', processor_class: 'Qwen2VLProcessor'}
      """;

  @TempDir Path folder;

  @Test
  void readsAPublishedFile() throws IOException {
    Files.writeString(folder.resolve("preprocessor_config.json"), Json.of(PUBLISHED).toString());

    ProcessorConfig config = ProcessorConfig.read(folder);

    assertThat(config).isEqualTo(ProcessorConfig.qwen2Vl());
    assertThat(config.bounds()).isEqualTo(new PixelBounds(3136, 12_845_056));
    assertThat(config.patches()).isEqualTo(new ProcessorConfig.Patches(14, 2, 2));
    assertThat(config.resample()).isEqualTo(ResampleFilter.BICUBIC);
    assertThat(config.patchWidth()).isEqualTo(1176);
    assertThat(config.normalisation().rescaleFactor()).isEqualTo(1 / 255.0);
  }

  @Test
  void hasTheDefaultsOfTheProcessorClass() {
    ProcessorConfig config = parse("{}");

    assertThat(config.bounds()).isEqualTo(new PixelBounds(3136, 1_003_520));
    assertThat(config.patches()).isEqualTo(new ProcessorConfig.Patches(14, 2, 2));
    assertThat(config.normalisation().mean()).containsExactly(0.48145466, 0.4578275, 0.40821073);
    assertThat(config.normalisation().std()).containsExactly(0.26862954, 0.26130258, 0.27577711);
  }

  @Test
  void readsEveryKey() {
    ProcessorConfig config =
        parse(
            "{min_pixels: 100, max_pixels: 200, patch_size: 16, merge_size: 3,"
                + " temporal_patch_size: 1, image_mean: [0.5, 0.4, 0.3], image_std: [1, 2, 3],"
                + " rescale_factor: 0.5, resample: 0, do_resize: true}");

    assertThat(config)
        .isEqualTo(
            new ProcessorConfig(
                new PixelBounds(100, 200),
                new ProcessorConfig.Patches(16, 3, 1),
                new ProcessorConfig.Normalisation(
                    0.5, List.of(0.5, 0.4, 0.3), List.of(1.0, 2.0, 3.0)),
                ResampleFilter.NEAREST));
    assertThat(config.patchWidth()).isEqualTo(768);
  }

  @Test
  void readsAreasFromSizeUnlessPixelsAreGiven() {
    assertThat(parse("{size: {shortest_edge: 1000, longest_edge: 2000}}").bounds())
        .isEqualTo(new PixelBounds(1000, 2000));
    assertThat(
            parse("{max_pixels: 3000, size: {shortest_edge: 1000, longest_edge: 2000}}").bounds())
        .isEqualTo(new PixelBounds(1000, 3000));
  }

  @ParameterizedTest
  @ValueSource(strings = {"do_resize", "do_rescale", "do_normalize", "do_convert_rgb"})
  void refusesToLeaveAStepOut(String step) {
    assertThatThrownBy(() -> parse("{" + step + ": false}"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot use test.json: "
                + step
                + " is false, it has to be true; leaving the step out is not supported");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{resample: 2}; resample is 2, it has to be 0 (nearest) or 3 (bicubic)",
        "{resample: 'bicubic'}; resample is \"bicubic\", it has to be 0 (nearest) or 3 (bicubic)",
        "{patch_size: 0}; patch_size is 0, it has to be a whole number above 0",
        "{merge_size: 2.5}; merge_size is 2.5, it has to be a whole number above 0",
        "{min_pixels: '3136'}; min_pixels is \"3136\", it has to be a whole number above 0",
        "{min_pixels: 10, max_pixels: 9}; min_pixels is 10, it has to be at most max_pixels, 9",
        "{image_mean: [1, 2]}; image_mean is [1,2], it has to be a list of three numbers",
        "{image_std: 'x'}; image_std is \"x\", it has to be a list of three numbers",
        "{rescale_factor: 0}; rescale_factor is 0, it has to be a number above 0",
        "[]; the file is [], it has to be a JSON object"
      })
  void namesTheKeyThatIsWrong(String json, String message) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(DataException.class)
        .hasMessage("Cannot use test.json: " + message)
        .extracting("kind")
        .isEqualTo(DataException.Kind.CHECKPOINT);
  }

  @Test
  void refusesProcessorsOfOtherModels() {
    assertThatThrownBy(() -> parse("{image_processor_type: 'CLIPImageProcessor'}"))
        .hasMessageContaining("image_processor_type is \"CLIPImageProcessor\"")
        .hasMessageContaining("Qwen2VLImageProcessor, Qwen2VLImageProcessorFast");
    assertThat(parse("{image_processor_type: 'Qwen2VLImageProcessorFast'}")).isNotNull();
  }

  @Test
  void refusesAStandardDeviationOfZero() {
    assertThatThrownBy(() -> parse("{image_std: [1, 0, 1]}"))
        .hasMessageContaining("image_std [1.0, 0.0, 1.0]")
        .hasMessageContaining("no std may be 0");
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> ProcessorConfig.read(folder))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot read "
                + folder.resolve("preprocessor_config.json")
                + ": there is no such file; set model_name_or_path to a local checkpoint folder"
                + " that has one");
  }

  @Test
  void saysThatTheFileIsNoJson() {
    assertThatThrownBy(
            () -> ProcessorConfigParser.parse("{".getBytes(StandardCharsets.UTF_8), "test.json"))
        .hasMessageStartingWith("Cannot read test.json: it is not valid JSON: ");
  }

  @Test
  void hasAFingerprintOfItsValues() {
    String fingerprint = ProcessorConfig.qwen2Vl().fingerprint();

    assertThat(fingerprint).matches("[0-9a-f]{64}");
    assertThat(parse(PUBLISHED).fingerprint()).isEqualTo(fingerprint);
    assertThat(parse("{}").fingerprint()).isNotEqualTo(fingerprint);
  }

  @Test
  void travelsToWorkers() {
    ProcessorConfig config = ProcessorConfig.qwen2Vl();

    assertThat(Serialized.copyOf(config)).isEqualTo(config);
  }

  private static ProcessorConfig parse(String json) {
    return ProcessorConfigParser.parse(
        Json.of(json).toString().getBytes(StandardCharsets.UTF_8), "test.json");
  }
}
