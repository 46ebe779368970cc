package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureFamiliesTest {
  private static final PixelBounds WIDE = new PixelBounds(0, 100_000_000);

  @TempDir private Path folder;

  @Test
  void qwenVlTakesTheProcessorsValues() throws IOException {
    write("preprocessor_config.json", "{\"patch_size\": 16}");

    PictureSizing sizing = read(PictureFamilies.QWEN_VL, false);
    assertThat(sizing.grid(new SmartResize.Size(640, 480), "a"))
        .isEqualTo(new PatchGrid(1, 30, 40));
    assertThat(sizing.fingerprint()).isEqualTo(ProcessorConfig.read(folder).fingerprint());
  }

  @ParameterizedTest
  @CsvSource({
    // One tile needs no tile of the whole picture.
    "448,448,1",
    "100,100,1",
    // Equally near: the larger rectangle needs a picture larger than half of it.
    "896,896,5",
    "600,600,1",
    "1344,1344,10",
    "896,448,3",
    "448,896,3",
    // 8 columns of 2 rows have the same ratio as 4 of 1, but are too many.
    "1792,448,5",
    "4480,448,11",
    "1000,750,13",
    "750,1000,13"
  })
  void internVlChoosesTiles(int width, int height, int tiles) throws IOException {
    writeInternVl("");

    assertThat(read(PictureFamilies.INTERN_VL, true).grid(new SmartResize.Size(width, height), "a"))
        .isEqualTo(new PatchGrid(tiles, 32, 32));
    assertThat(
            read(PictureFamilies.INTERN_VL, false).grid(new SmartResize.Size(width, height), "a"))
        .isEqualTo(new PatchGrid(1, 32, 32));
  }

  @Test
  void internVlTileHas256Features() throws IOException {
    writeInternVl("");
    PictureSizing sizing = read(PictureFamilies.INTERN_VL, false);

    assertThat(sizing.grid(new SmartResize.Size(9, 9), "a").tokens(sizing.mergeSize()))
        .isEqualTo(256);
  }

  @Test
  void internVlTakesTheFilesTiles() throws IOException {
    writeInternVl(", \"crop_to_patches\": true, \"min_patches\": 2, \"max_patches\": 4");

    assertThat(read(PictureFamilies.INTERN_VL, false).grid(new SmartResize.Size(448, 448), "a"))
        .isEqualTo(new PatchGrid(5, 32, 32));
  }

  @Test
  void internVlShrinksBeforeItChooses() throws IOException {
    writeInternVl("");
    PictureSizing sizing =
        PictureFamilies.standard()
            .get(PictureFamilies.INTERN_VL)
            .read(folder, new PictureSettings(new PixelBounds(0, 300_000), true));

    assertThat(sizing.grid(new SmartResize.Size(1344, 1344), "a").t()).isEqualTo(1);
  }

  @Test
  void internVlRefusesOtherProcessors() throws IOException {
    write("preprocessor_config.json", "{\"image_processor_type\": \"CLIPImageProcessor\"}");
    assertRefused(PictureFamilies.INTERN_VL, "image_processor_type is CLIPImageProcessor");
    write("preprocessor_config.json", "{\"size\": {\"height\": 448, \"width\": 449}}");
    assertRefused(PictureFamilies.INTERN_VL, "size is 449x448, it has to be a square");
    write("preprocessor_config.json", "{}");
    assertRefused(PictureFamilies.INTERN_VL, "size is missing, it has to be an object");
    writeInternVl(", \"crop_to_patches\": true, \"min_patches\": 3, \"max_patches\": 2");
    assertRefused(PictureFamilies.INTERN_VL, "max_patches is 2, it has to be at least");
    write("processor_config.json", "{\"image_seq_length\": 200}");
    assertRefused(PictureFamilies.INTERN_VL, "image_seq_length is 200, it has to be a square");
    Files.delete(folder.resolve("processor_config.json"));
    assertRefused(PictureFamilies.INTERN_VL, "there is no such file; set model_name_or_path");
  }

  @ParameterizedTest
  @CsvSource({
    "default,1,1,24,24",
    "default,0,1,1,575",
    "full,0,1,24,24",
    "full,1,1,1,577",
  })
  void llavaCountsByStrategy(String strategy, int extra, int t, int h, int w) throws IOException {
    writeLlava(strategy, extra);
    PictureSizing sizing = read(PictureFamilies.LLAVA, false);

    assertThat(sizing.grid(new SmartResize.Size(9, 9), "a")).isEqualTo(new PatchGrid(t, h, w));
    assertThat(sizing.mergeSize()).isEqualTo(1);
  }

  @Test
  void llavaRefusesFilesThatDoNotSayHowManyFeatures() throws IOException {
    writeLlava("max", 1);
    assertRefused(PictureFamilies.LLAVA, "vision_feature_select_strategy is max");
    write("processor_config.json", "{\"vision_feature_select_strategy\": \"default\"}");
    assertRefused(PictureFamilies.LLAVA, "patch_size is 0, it has to be above 0");
    write("processor_config.json", "[]");
    assertRefused(PictureFamilies.LLAVA, "the file is [], it has to be a JSON object");
    write("processor_config.json", "{\"patch_size\": \"x\"}");
    assertRefused(PictureFamilies.LLAVA, "patch_size is \"x\", it has to be a whole number");
  }

  @Test
  void refusesUnknownFamilies() {
    assertThatThrownBy(() -> PictureFamilies.standard().get("clip"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot use picture family \"clip\": it does not exist; registered are intern_vl,"
                + " llava, qwen_vl");
  }

  @Test
  void refusesTwoFamiliesOfOneNameAndNamesBothClasses() {
    assertThatThrownBy(() -> PictureFamilies.of(List.of(new LlavaFamily(), new Impostor())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot register picture family llava: both "
                + LlavaFamily.class.getName()
                + " and "
                + Impostor.class.getName()
                + " claim it");
  }

  private static final class Impostor implements PictureFamily {
    @Override
    public String name() {
      return "llava";
    }

    @Override
    public PictureSizing read(Path checkpoint, PictureSettings settings) {
      return new NoPictures();
    }
  }

  private void writeInternVl(String more) throws IOException {
    write("preprocessor_config.json", "{\"size\": {\"height\": 448, \"width\": 448}" + more + "}");
    write("processor_config.json", "{\"image_seq_length\": 256}");
  }

  private void writeLlava(String strategy, int extra) throws IOException {
    write("preprocessor_config.json", "{\"crop_size\": {\"height\": 336, \"width\": 336}}");
    write(
        "processor_config.json",
        "{\"patch_size\": 14, \"vision_feature_select_strategy\": \""
            + strategy
            + "\", \"num_additional_image_tokens\": "
            + extra
            + "}");
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }

  private PictureSizing read(String family, boolean crop) {
    return PictureFamilies.standard().get(family).read(folder, new PictureSettings(WIDE, crop));
  }

  private void assertRefused(String family, String message) {
    assertThatThrownBy(() -> read(family, false))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.CHECKPOINT))
        .hasMessageContaining(message);
  }
}
