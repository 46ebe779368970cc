package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.fixture.ReferenceCase;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Compares with everything that {@code make_qwen2vl.py ... dump} wrote, when the system property
 * {@code sparkmm.reference.dump} names its folder.
 */
@Tag("slow")
class ReferenceDumpTest {
  private final Map<String, Integer> tally = new TreeMap<>();
  private final List<String> differences = new ArrayList<>();

  @Test
  void agreesWithTheReferenceOnAllRecords() {
    String dump = System.getProperty("sparkmm.reference.dump");
    assumeTrue(dump != null, "skipped: sparkmm.reference.dump is not set");
    Path shared = TestFiles.sharedData();
    Tokenizer tokenizer = Tokenizer.shared(TokenizerFiles.read(shared.resolve("qwen_tokenizer")));
    ImageProbe probe = new FileImageProbe(shared);
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
      compare(reference, ours);
    }
    System.out.println("Outcomes, reference / ours: " + tally);
    assertThat(differences).isEmpty();
  }

  private void compare(ReferenceCase reference, ReferenceCase.Outcome ours) {
    String kind = reference.name().replaceAll(" .*", "");
    tally.merge(
        kind + " " + reference.outcome() + "/" + ours.reason().map(Enum::name).orElse("keep"),
        1,
        Integer::sum);
    if (ours.sample().isPresent()) {
      int[] ids = ours.sample().get().inputIds();
      int[] theirs = reference.ids().stream().mapToInt(Integer::intValue).toArray();
      boolean same =
          reference.outcome().equals("keep")
              && java.util.Arrays.equals(ids, theirs)
              && ReferenceCase.spans(ours.sample().get()).equals(reference.spans())
              && ReferenceCase.grids(ours.sample().get()).equals(reference.grids());
      if (!same) {
        differences.add(reference.name() + " " + reference.json());
      }
    } else if (reference.outcome().equals("keep")) {
      switch (ours.reason().orElseThrow()) {
        // The reference keeps what it cannot train on; we say so at once.
        case NO_SUPERVISED_TOKEN -> assertThat(reference.spans()).isEqualTo("[]");
        case IMAGE_TOKENS_TRUNCATED -> assertThat(padsAreCut(reference)).isTrue();
        case RESERVED_TOKEN ->
            assertThat(reference.json().path("record").toString()).contains("<|image_pad|>");
        default -> differences.add(reference.name() + " rejected: " + ours.reason());
      }
    }
  }

  private static boolean padsAreCut(ReferenceCase reference) {
    long pads = reference.ids().stream().filter(id -> id == 151655).count();
    long features = 0;
    for (JsonNode grid : reference.json().path("grids")) {
      features += grid.get(0).longValue() * grid.get(1).longValue() * grid.get(2).longValue() / 4;
    }
    return pads < features;
  }
}
