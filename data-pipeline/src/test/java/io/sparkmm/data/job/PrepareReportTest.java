package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PrepareReportTest {
  private static ShardManifest manifest(long trainRows, long rejects) {
    List<RejectSummary> summaries =
        rejects == 0
            ? List.of()
            : List.of(
                new RejectSummary(
                    RejectReason.IMAGE_MISSING,
                    rejects,
                    List.of(new RejectedSample("a.json", 4, RejectReason.IMAGE_MISSING, "b.png"))));
    return new ShardManifest(
        new ShardManifest.Origin("qwen2vl", "t", "p", 0, new TreeMap<>()),
        Map.of(
            Split.TRAIN, List.of(new ShardInfo("train/a", trainRows, 1_234_567, 3 << 20, 1)),
            Split.VAL, List.of(new ShardInfo("val/a", 2, 30, 1 << 19, 1))),
        summaries);
  }

  @Test
  void showsSplitsAndRejects() {
    assertThat(PrepareReport.text(manifest(12_345, 6), "there"))
        .isEqualTo(
            """
            split       samples          tokens        MiB  shards
            train        12,345       1,234,567        3.0       1
            val               2              30        0.5       1
            rejected: 6 records
              6 image_missing: a picture file does not exist
                record 4 of a.json: b.png
              all of them are listed in there/rejects
            data set: there
            """);
  }

  @Test
  void aRateAtTheLimitIsTolerated() {
    assertThatCode(() -> new RejectLimit(100, 0.1).check(manifest(90, 10).rejects()))
        .doesNotThrowAnyException();
    assertThatCode(() -> new RejectLimit(100, 0).check(List.of())).doesNotThrowAnyException();
  }

  @Test
  void aRateAboveTheLimitIsExplained() {
    assertThatThrownBy(() -> new RejectLimit(100, 0.1).check(manifest(89, 11).rejects()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("11 of 100 records (11.00 %) were rejected, at most 10.00 %")
        .hasMessageContaining("record 4 of a.json: b.png");
  }

  @Test
  void nothingToTrainOnIsAFailure() {
    assertThat(RejectLimit.nothingLeft(manifest(0, 10).rejects()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no record is left to train on")
        .hasMessageContaining("record 4 of a.json: b.png");
  }

  @Test
  void anEarlyEndTellsWhatIsKnown() {
    assertThat(new RejectLimit(1_000, 0.01).early(manifest(9, 11).rejects()))
        .hasMessageContaining("11 of 1,000 records were rejected before all of them were read")
        .hasMessageContaining("at most 1.00 % are allowed")
        .hasMessageContaining("record 4 of a.json: b.png");
    assertThat(new RejectLimit(1_000, 0.01).isExceededBy(10)).isFalse();
    assertThat(new RejectLimit(1_000, 0.01).isExceededBy(11)).isTrue();
  }

  @Test
  void whatIsUpToDateTakesOneLine() {
    PrepareResult result =
        new PrepareResult(
            PrepareResult.Outcome.UP_TO_DATE, manifest(12_345, 6), List.of("kept a.json"));
    assertThat(PrepareReport.text(result, "there"))
        .isEqualTo(
            "up to date: there holds 12,347 samples of 0 records (version 1)\nkept a.json\n");
  }
}
