package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.fixture.ReferenceCase;
import io.sparkmm.data.fixture.ReferenceComparison;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.image.FileImageProbe;
import io.sparkmm.data.image.ImageProbe;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.source.Attributes;
import io.sparkmm.data.source.LlavaFormat;
import io.sparkmm.data.source.MllmJson;
import io.sparkmm.data.source.ParseResult;
import io.sparkmm.data.source.SourceSettings;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Compares with everything that {@code make_qwen2vl.py ... dump} wrote, when the system property
 * {@code sparkmm.reference.dump} names its folder.
 */
@Tag("slow")
class ReferenceDumpTest {
  @Test
  void agreesWithTheReferenceOnAllRecords() {
    String dump = System.getProperty("sparkmm.reference.dump");
    assumeTrue(dump != null, "skipped: sparkmm.reference.dump is not set");
    Path shared = TestFiles.sharedData();
    Tokenizer tokenizer = Tokenizer.shared(TokenizerFiles.read(shared.resolve("qwen_tokenizer")));
    ImageProbe probe = new FileImageProbe(shared);
    ReferenceComparison comparison = new ReferenceComparison();
    for (JsonNode line : TestFiles.lines(Path.of(dump, "conversations.jsonl"))) {
      ReferenceCase reference = new ReferenceCase(line);
      ReferenceCase.Outcome ours;
      if (reference.name().startsWith("llava")) {
        String root = shared.resolve("coco128").toString();
        ParseResult converted =
            new LlavaFormat()
                .parser(
                    SourceSettings.of(Attributes.mllm(), root), path -> Files.exists(Path.of(path)))
                .parse(line.path("record"));
        SftSample sample = (SftSample) ((ParseResult.Parsed) converted).sample();
        ours =
            reference.run(
                MllmJson.toJson(sample), Attributes.mllm(), tokenizer, "", path -> false, probe);
      } else {
        ours =
            reference.run(
                tokenizer, shared.toString(), path -> Files.isRegularFile(Path.of(path)), probe);
      }
      comparison.add(reference, ours, tokenizer);
    }
    System.out.println("Outcomes, reference / ours: " + comparison.tally());
    assertThat(comparison.differences()).isEmpty();
  }
}
