package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.fixture.ReferenceCase;
import io.sparkmm.data.fixture.StageCase;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares pairs, packed rows and plain texts with what LLaMA-Factory makes of them. */
class StageReferenceTest {
  private final Map<String, Integer> tally = new TreeMap<>();

  static Stream<StageCase> cases() {
    return TestFiles.lines(TestFiles.golden("stages.jsonl")).stream().map(StageCase::new);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheReference(StageCase reference) {
    compare(reference, reference.stage().equals("knapsack") ? null : tokenizer());
  }

  /**
   * Reads what {@code make_stages.py ... dump} wrote, when the system property {@code
   * sparkmm.reference.stages} names the file.
   */
  @Test
  @Tag("slow")
  void agreesWithTheReferenceOnALargeFile() {
    String dump = System.getProperty("sparkmm.reference.stages");
    assumeTrue(dump != null, "skipped: sparkmm.reference.stages is not set");
    Tokenizer tokenizer = tokenizer();
    TestFiles.lines(Path.of(dump)).forEach(line -> compare(new StageCase(line), tokenizer));
    System.out.println("Compared with the reference: " + tally);
  }

  private static Tokenizer tokenizer() {
    return Tokenizer.shared(TokenizerFiles.read(TestFiles.sharedData().resolve("qwen_tokenizer")));
  }

  private void compare(StageCase reference, Tokenizer tokenizer) {
    switch (reference.stage()) {
      case "preference" -> comparePair(reference, tokenizer);
      case "packed" -> comparePacked(reference, tokenizer);
      case "pretrain" -> comparePretrain(reference, tokenizer);
      default -> compareKnapsack(reference);
    }
  }

  private void comparePair(StageCase reference, Tokenizer tokenizer) {
    EncodeResult ours = reference.encode(tokenizer, reference.cutoff()).get(0);
    if (reference.rows().isEmpty()) {
      RejectReason reason = ((EncodeResult.Rejected) ours).reject().reason();
      assertThat(reason)
          .as(reference.name())
          .isIn(
              reference.json().has("error")
                  ? List.of(RejectReason.PLACEHOLDER_MISMATCH)
                  : List.of(RejectReason.MESSAGE_COUNT, RejectReason.ROLE_UNEXPECTED));
      count("pair refused by both");
      return;
    }
    JsonNode row = reference.rows().get(0);
    if (ours instanceof EncodeResult.Rejected rejected) {
      // What we never emit: a picture that is cut, an answer without tokens.
      boolean cut = reference.pads(row, "ids") != reference.pads(row, "rejected_ids");
      cut |= reference.pads(row, "ids") != reference.expectedPads(row);
      boolean empty = row.get("spans").isEmpty() || row.get("rejected_spans").isEmpty();
      assertThat(rejected.reject().reason())
          .as(reference.name())
          .isEqualTo(
              empty ? RejectReason.NO_SUPERVISED_TOKEN : RejectReason.IMAGE_TOKENS_TRUNCATED);
      assertThat(cut || empty).as(reference.name()).isTrue();
      count("pair cut, not emitted");
      return;
    }
    EncodedSample sample = ((EncodeResult.Encoded) ours).sample();
    compareRow(reference, row, sample);
    assertThat(sample.rejected().orElseThrow().inputIds())
        .as(reference.name())
        .containsExactly(StageCase.ids(row, "rejected_ids"));
    assertThat(spans(sample.rejected().orElseThrow().labelSpans()))
        .as(reference.name())
        .isEqualTo(row.get("rejected_spans").toString());
    count("pair");
  }

  private void comparePacked(StageCase reference, Tokenizer tokenizer) {
    RowPacker packer = new RowPacker(reference.cutoff(), reference.ends(tokenizer).padId());
    List<EncodedSample> rows =
        packer.pack(reference.samples(tokenizer, RowPacker.recordLength(reference.cutoff())));
    assertThat(rows).as(reference.name()).hasSameSizeAs(reference.rows());
    for (int i = 0; i < rows.size(); i++) {
      JsonNode row = reference.rows().get(i);
      EncodedSample ours = rows.get(i);
      compareRow(reference, row, ours);
      assertThat(positions(ours)).as(reference.name()).isEqualTo(row.get("positions").toString());
      if (reference.json().get("neat").booleanValue()) {
        assertThat(mask(ours)).as(reference.name()).isEqualTo(row.get("mask").toString());
      }
      count("packed row");
    }
  }

  private void comparePretrain(StageCase reference, Tokenizer tokenizer) {
    boolean packing = reference.json().get("packing").booleanValue();
    List<EncodedSample> rows = reference.texts(tokenizer, packing);
    if (packing) {
      BlockPacker packer = new BlockPacker(reference.cutoff(), reference.ends(tokenizer).padId());
      rows = packer.pack(rows);
    }
    assertThat(rows).as(reference.name()).hasSameSizeAs(reference.rows());
    for (int i = 0; i < rows.size(); i++) {
      compareRow(reference, reference.rows().get(i), rows.get(i));
      count("pretrain row");
    }
  }

  private void compareKnapsack(StageCase reference) {
    int[] lengths =
        StreamSupport.stream(reference.json().get("lengths").spliterator(), false)
            .mapToInt(JsonNode::intValue)
            .toArray();
    assertThat(
            GreedyKnapsack.fill(lengths, reference.json().get("capacity").intValue())
                .toString()
                .replace(" ", ""))
        .as(reference.name())
        .isEqualTo(reference.json().get("rows").toString());
    count("knapsack");
  }

  private static void compareRow(StageCase reference, JsonNode row, EncodedSample ours) {
    assertThat(ours.inputIds()).as(reference.name()).containsExactly(StageCase.ids(row, "ids"));
    assertThat(merged(ours.labelSpans()))
        .as(reference.name())
        .isEqualTo(row.get("spans").toString());
    assertThat(ours.images().stream().map(image -> image.path()).toList())
        .as(reference.name())
        .isEqualTo(
            StreamSupport.stream(row.get("images").spliterator(), false)
                .map(JsonNode::asText)
                .toList());
  }

  /** Spans with neighbours joined, as the reference's labels show them. */
  private static String merged(List<LabelSpan> spans) {
    List<LabelSpan> joined = new ArrayList<>();
    for (LabelSpan span : spans) {
      int last = joined.size() - 1;
      if (last >= 0 && joined.get(last).end() == span.start()) {
        joined.set(last, new LabelSpan(joined.get(last).start(), span.end()));
      } else {
        joined.add(span);
      }
    }
    return spans(joined);
  }

  private static String spans(List<LabelSpan> spans) {
    return ReferenceCase.text(spans.stream().map(s -> List.of(s.start(), s.end())).toList());
  }

  private static String positions(EncodedSample row) {
    List<List<Integer>> runs = new ArrayList<>();
    row.segments().forEach(segment -> runs.add(List.of(0, segment.length())));
    int padding =
        row.inputIds().length - row.segments().stream().mapToInt(PackedSegment::length).sum();
    for (int i = 0; i < padding; i++) {
      runs.add(List.of(0, 1));
    }
    return ReferenceCase.text(runs);
  }

  private static String mask(EncodedSample row) {
    List<List<Integer>> runs = new ArrayList<>();
    for (PackedSegment segment : row.segments()) {
      runs.add(List.of(runs.size() + 1, segment.length()));
    }
    int tokens = row.segments().stream().mapToInt(PackedSegment::length).sum();
    runs.add(List.of(0, row.inputIds().length - tokens));
    return ReferenceCase.text(runs);
  }

  private void count(String what) {
    tally.merge(what, 1, Integer::sum);
  }
}
