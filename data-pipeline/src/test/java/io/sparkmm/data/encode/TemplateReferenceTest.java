package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.fixture.ReferenceCase;
import io.sparkmm.data.fixture.ReferenceComparison;
import io.sparkmm.data.fixture.ReferenceSetup;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageMode;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares all templates with what {@code make_templates.py} wrote of LLaMA-Factory's own. */
class TemplateReferenceTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void givesTheTokensOfTheReferenceWithATinyTokenizer() {
    assertGolden("templates_tiny.jsonl", TestFiles.golden("tiny_tokenizer"));
  }

  @Test
  void givesTheTokensOfTheReferenceWithTheQwenTokenizer() {
    assertGolden("templates_qwen.jsonl", TestFiles.sharedData().resolve("qwen_tokenizer"));
  }

  @Test
  void everyTemplateIsCompared() {
    Set<String> missing = new TreeSet<>(ChatTemplates.standard().names());
    for (JsonNode line : TestFiles.lines(TestFiles.golden("templates_tiny.jsonl"))) {
      missing.removeAll(ReferenceSetup.of(line.path("setup").asText()).template().names());
    }

    assertThat(missing).isEmpty();
  }

  /**
   * Compares with everything that {@code make_templates.py ... dump} wrote, when the system
   * property {@code sparkmm.reference.templates} names its folder.
   */
  @Test
  @Tag("slow")
  void agreesWithTheReferenceOnAllGeneratedConversations() throws IOException {
    String dump = System.getProperty("sparkmm.reference.templates");
    assumeTrue(dump != null, "skipped: sparkmm.reference.templates is not set");
    Path base = TestFiles.sharedData().resolve("qwen_tokenizer");
    List<String> differences = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(dump)).sorted()) {
      for (Path file : files.toList()) {
        ReferenceComparison comparison = new ReferenceComparison();
        try (BufferedReader reader = Files.newBufferedReader(file)) {
          for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            compare(comparison, new ReferenceCase(MAPPER.readTree(line)), base);
          }
        }
        System.out.println(file.getFileName() + ", reference/ours: " + comparison.tally());
        comparison.differences().stream().limit(3).forEach(differences::add);
      }
    }
    assertThat(differences).isEmpty();
  }

  private static void assertGolden(String file, Path base) {
    ReferenceComparison comparison = new ReferenceComparison();
    List<JsonNode> lines = TestFiles.lines(TestFiles.golden(file));
    for (JsonNode line : lines) {
      compare(comparison, new ReferenceCase(line), base);
    }

    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.tally().get("both keep")).isGreaterThan(lines.size() * 3 / 4);
  }

  private static void compare(ReferenceComparison comparison, ReferenceCase reference, Path base) {
    Tokenizer tokenizer =
        ReferenceSetup.of(reference.json().path("setup").asText()).tokenizer(base);
    comparison.add(
        reference,
        reference.run(tokenizer, "", path -> false, TemplateReferenceTest::header),
        tokenizer);
  }

  /** The generated pictures are called by their sizes. */
  private static ImageHeader header(String path) {
    String[] size = path.substring(0, path.indexOf('.')).split("x", -1);
    return new ImageHeader(
        ImageFormat.PNG, Integer.parseInt(size[0]), Integer.parseInt(size[1]), ImageMode.RGB);
  }
}
