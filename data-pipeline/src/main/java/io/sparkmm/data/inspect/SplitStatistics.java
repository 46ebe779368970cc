package io.sparkmm.data.inspect;

import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.shard.SampleShape;
import java.util.EnumMap;
import java.util.Map;

/** Numbers about the samples of a split, collected in one pass. Not thread-safe. */
public final class SplitStatistics {
  /** What is counted. */
  public enum Measure {
    /**
     * Tokens of a sample; of a pair those of the chosen answer, of a packed row without padding.
     */
    TOKENS,
    /** Supervised tokens of the same. */
    SUPERVISED,
    /** Tokens of a pair's rejected answer. */
    REJECTED_TOKENS,
    /** Supervised tokens of a pair's rejected answer. */
    REJECTED_SUPERVISED,
    /** Records of a packed row. */
    RECORDS,
    /** Tokens of a record of a packed row. */
    RECORD_TOKENS,
    /** Padding tokens of a packed row. */
    PADDING,
    /** Pictures of a sample. */
    PICTURES,
    /** Pixels of a picture. */
    PIXELS,
    /** Patches of a picture before merging. */
    PATCHES
  }

  private final Map<Measure, Histogram> histograms = new EnumMap<>(Measure.class);
  private final SourceCounts sources = new SourceCounts();

  /** Empty statistics. */
  public SplitStatistics() {
    for (Measure measure : Measure.values()) {
      histograms.put(measure, new Histogram());
    }
  }

  /** Counts a sample. */
  public void add(SampleShape sample) {
    count(Measure.TOKENS, sample.usedTokens());
    count(Measure.SUPERVISED, sample.row().supervised());
    sample.rejected().ifPresent(this::addRejected);
    if (sample.segments().isEmpty()) {
      sources.add(
          sample.id(),
          sample.row().tokens() + sample.rejected().map(SampleShape.Row::tokens).orElse(0));
    } else {
      addSegments(sample);
    }
    count(Measure.PICTURES, sample.pictures().size());
    for (SampleShape.Picture picture : sample.pictures()) {
      count(Measure.PIXELS, picture.pixels());
      count(Measure.PATCHES, picture.patches());
    }
  }

  /** The counts of a measure; empty if the kind of the samples does not have it. */
  public Histogram of(Measure measure) {
    return histograms.get(measure);
  }

  /** Samples. */
  public long samples() {
    return of(Measure.TOKENS).count();
  }

  /** Records and tokens by source. */
  public SourceCounts sources() {
    return sources;
  }

  private void addRejected(SampleShape.Row row) {
    count(Measure.REJECTED_TOKENS, row.tokens());
    count(Measure.REJECTED_SUPERVISED, row.supervised());
  }

  private void addSegments(SampleShape sample) {
    count(Measure.RECORDS, sample.segments().size());
    count(Measure.PADDING, sample.row().tokens() - sample.usedTokens());
    for (PackedSegment segment : sample.segments()) {
      count(Measure.RECORD_TOKENS, segment.length());
      sources.add(segment.id(), segment.length());
    }
  }

  private void count(Measure measure, long value) {
    of(measure).add(value);
  }
}
