package io.sparkmm.convert.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.manifest.ConversionManifestParser;
import io.sparkmm.convert.plan.PlanPrinter;
import io.sparkmm.convert.verify.FolderVerifier;
import io.sparkmm.convert.verify.VerifyReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a conversion wrote is checked against its manifest. */
final class ConversionVerifyTest {

  @TempDir private Path folder;
  private Path model;
  private Path target;
  private Path part;

  @BeforeEach
  void convert() {
    model = SamplePlans.model(folder.resolve("model"));
    target = folder.resolve("out");
    part = target.resolve("release/rank_01/part.safetensors");
    PlanExecutor.execute(SamplePlans.release(model, target, 2), ExecutionOptions.defaults());
  }

  @Test
  void findsAConversionSound() {
    VerifyReport report = FolderVerifier.verify(target);

    assertThat(report.summary())
        .isEqualTo(
            "sound: every byte against sparkmm_conversion.json, 5 files, 24 tensors, 1233277 bytes,"
                + " 0 problems, 0 warnings");
    assertThat(FolderVerifier.verify(target.resolve("release"))).isEqualTo(report);
  }

  @Test
  void namesTheTensorWithAChangedByte() throws IOException {
    ConversionManifest manifest = manifest();
    ConversionManifest.Tensor tensor =
        manifest.files().stream()
            .filter(file -> file.path().equals("rank_01/part.safetensors"))
            .flatMap(file -> file.tensors().stream())
            .filter(entry -> entry.name().equals("layers.2.rows"))
            .findFirst()
            .orElseThrow();
    flip(part, tensor.offset() + tensor.byteSize() - 1);

    assertThat(FolderVerifier.verify(target).problems())
        .hasSize(1)
        .allMatch(
            problem ->
                problem.startsWith("rank_01/part.safetensors: tensor layers.2.rows is damaged"));
  }

  @Test
  void findsAChangedByteOfAHeaderAndOfAFileTakenOver() throws IOException {
    flip(part, 30);
    flip(target.resolve("release/config.json"), 3);

    assertThat(FolderVerifier.verify(target).problems())
        .hasSize(2)
        .anyMatch(text -> text.startsWith("config.json is damaged, its checksum is "))
        .anyMatch(
            text ->
                text.startsWith("rank_01/part.safetensors is damaged outside of its tensors, "));
  }

  @Test
  void findsMissingShortenedAndForeignFiles() throws IOException {
    Files.delete(target.resolve("release/index.json"));
    Files.write(part, new byte[10]);
    Files.writeString(target.resolve("release/rank_01/other.safetensors"), "");
    Files.writeString(target.resolve("release/notes.txt"), "");
    VerifyReport report = FolderVerifier.verify(target);

    assertThat(report.problems())
        .containsExactly(
            "index.json is missing",
            "rank_01/part.safetensors has 10 bytes, the manifest says 616616",
            "rank_01/other.safetensors is not in the manifest");
    assertThat(report.warnings()).containsExactly("notes.txt is not in the manifest");
  }

  @Test
  void readsNothingOutsideOfTheFolder() throws IOException {
    Path manifest = target.resolve("release/sparkmm_conversion.json");
    Files.writeString(
        manifest,
        Files.readString(manifest).replace("\"config.json\"", "\"../../model/config.json\""));

    assertThat(FolderVerifier.verify(target).problems())
        .containsExactly("../../model/config.json lies outside of the folder");
  }

  @Test
  void checksAHuggingFaceFolderAsBefore() {
    VerifyReport report = FolderVerifier.verify(model);

    assertThat(report.kind()).isEqualTo("safetensors headers and index");
    assertThat(report.tensors()).isEqualTo(12);
    assertThat(report.problems()).isEmpty();
  }

  @Test
  void aFolderWithoutAnythingIsAProblem() {
    assertThat(FolderVerifier.verify(folder.resolve("nothing")).problems())
        .containsExactly("Cannot read " + folder.resolve("nothing") + ": it is not a folder");
  }

  @Test
  void aManifestReadsBackAndTellsNothingOfTheMachine() throws IOException {
    String text = Files.readString(target.resolve("release/sparkmm_conversion.json"));
    ConversionManifest manifest = manifest();

    assertThat(ConversionManifestParser.toJson(manifest)).isEqualTo(text);
    assertThat(text).doesNotContain(folder.toString());
    assertThat(manifest.title()).isEqualTo("SampleConverter split");
    assertThat(manifest.layout()).containsEntry("tp_size", "2");
    assertThat(manifest.sources())
        .extracting(ConversionManifest.Source::name)
        .containsExactly("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
  }

  @Test
  void printsAPlanShortOrInFull() {
    StringWriter text = new StringWriter();
    PlanPrinter.print(SamplePlans.release(model, target, 2), false, new PrintWriter(text));
    StringWriter full = new StringWriter();
    PlanPrinter.print(SamplePlans.release(model, target, 2), true, new PrintWriter(full));

    assertThat(text.toString())
        .contains("SampleConverter split\n")
        .contains("writes  " + target.resolve("release") + "\n")
        .contains("layout  tp_size = 2\n")
        .contains("file    rank_00/part.safetensors  616,616 bytes, 12 tensors of 12 pieces\n")
        .contains("total   2 source files, 0.001 GB; 3 files with 24 tensors to write, 0.001 GB;");
    assertThat(full.toString())
        .contains("  layers.1.columns  BF16 [300, 128] at ")
        .contains(
            "    [0, 0] to [300, 128]  layers.1.columns of model-00001-of-00002.safetensors from"
                + " [0, 128]\n");
  }

  private ConversionManifest manifest() throws IOException {
    Path path = target.resolve("release/sparkmm_conversion.json");
    return ConversionManifestParser.fromJson(Files.readString(path), path.toString());
  }

  private static void flip(Path path, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    bytes[(int) at] ^= 1;
    Files.write(path, bytes);
  }
}
