package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.shard.SourceOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordEncoderTest {
  @TempDir static Path folder;
  private static TestInputs inputs;

  @BeforeAll
  static void draw() {
    inputs = TestInputs.draw(folder, 2);
  }

  private static PrepareSettings settings(int length, boolean embed, Placeholders placeholders) {
    return TestInputs.settings(
        inputs.config(),
        Path.of("out"),
        new PrepareSettings.Options(
            length, PrepareSettings.Sharding.DEFAULT, embed, 0, placeholders));
  }

  private static SourceOutcome encode(PrepareSettings settings, String json) {
    RecordEncoder encoder = new RecordEncoder(EncodeContext.of(settings), new Configuration());
    try {
      return encoder.encode(
          new JsonRecord(
              new RecordId("x.json", 5), Optional.of(TestInputs.MAPPER.readTree(json)), ""));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static EncodedSample kept(PrepareSettings settings, String json) {
    SourceOutcome outcome = encode(settings, json);
    assertThat(outcome).isInstanceOf(SourceOutcome.Kept.class);
    return ((SourceOutcome.Kept) outcome).sample();
  }

  private static RejectedSample left(PrepareSettings settings, String json) {
    SourceOutcome outcome = encode(settings, json);
    assertThat(outcome).isInstanceOf(SourceOutcome.Left.class);
    return ((SourceOutcome.Left) outcome).reject();
  }

  private static String record(String question, String image) {
    return "{\"image\":\""
        + image
        + "\",\"conversations\":[{\"from\":\"human\",\"value\":\""
        + question
        + "\"},{\"from\":\"gpt\",\"value\":\"red\"}]}";
  }

  @Test
  void takesARecordAllTheWay() {
    EncodedSample sample =
        kept(settings(99, false, Placeholders.DEFAULT), record("<image>What?", "00000001.png"));
    assertThat(sample.id()).isEqualTo("x.json#5");
    assertThat(sample.labelCount()).isEqualTo(3);
    assertThat(sample.images()).hasSize(1);
    assertThat(sample.images().get(0).bytes()).isEmpty();
  }

  @Test
  void embedsTheBytesOnlyWhenAsked() throws IOException {
    EncodedSample sample =
        kept(settings(99, true, Placeholders.DEFAULT), record("<image>What?", "00000001.png"));
    assertThat(sample.images().get(0).bytes())
        .hasValue(Files.readAllBytes(inputs.folder().resolve("images/train/00000001.png")));
  }

  @Test
  void usesTheConfiguredPlaceholder() {
    PrepareSettings settings = settings(99, false, new Placeholders("<pic>", "<v>", "<a>"));
    assertThat(kept(settings, record("<pic> <image>", "00000000.png")).images()).hasSize(1);
    assertThat(left(settings, record("<image>", "00000000.png")).reason())
        .isEqualTo(RejectReason.PLACEHOLDER_MISMATCH);
  }

  @Test
  void rejectsNameTheirRecord() {
    RejectedSample reject =
        left(settings(99, false, Placeholders.DEFAULT), record("<image>What?", "none.png"));
    assertThat(reject.source()).isEqualTo("x.json");
    assertThat(reject.record()).isEqualTo(5);
    assertThat(reject.reason()).isEqualTo(RejectReason.IMAGE_MISSING);
    assertThat(reject.detail()).contains("none.png");
    assertThat(left(settings(99, false, Placeholders.DEFAULT), "[1]").reason())
        .isEqualTo(RejectReason.RECORD_NOT_OBJECT);
    assertThat(
            left(settings(14, false, Placeholders.DEFAULT), record("<image>", "00000000.png"))
                .reason())
        .isEqualTo(RejectReason.IMAGE_TOKENS_TRUNCATED);
  }

  @Test
  void aRecordThatIsNoJsonIsRejectedWithItsProblem() {
    RecordEncoder encoder =
        new RecordEncoder(
            EncodeContext.of(settings(99, false, Placeholders.DEFAULT)), new Configuration());
    SourceOutcome outcome =
        encoder.encode(new JsonRecord(new RecordId("x", 0), Optional.empty(), "no quote"));
    assertThat(outcome)
        .isEqualTo(
            new SourceOutcome.Left(
                new RejectedSample("x", 0, RejectReason.RECORD_UNREADABLE, "no quote")));
  }

  @Test
  void missingCheckpointFilesAreNamed() throws IOException {
    Path model = Files.createDirectory(folder.resolve("incomplete"));
    ObjectNode config =
        TestInputs.config(model, inputs.records(), inputs.folder().resolve("images/train"));
    PrepareSettings settings =
        TestInputs.settings(config, Path.of("out"), PrepareSettings.Options.of(9));
    assertThatThrownBy(() -> EncodeContext.of(settings))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.CHECKPOINT))
        .hasMessageContaining("preprocessor_config.json");
    Files.copy(
        inputs.folder().resolve("model/preprocessor_config.json"),
        model.resolve("preprocessor_config.json"));
    assertThatThrownBy(() -> EncodeContext.of(settings))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tokenizer.json");
  }
}
