package io.sparkmm.data.job;

import io.sparkmm.data.encode.Packer;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.shard.SourceOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * What becomes of the records of one shard. Without packing, each record has one outcome. With it,
 * the first window begins with the shard's first record, and of each window come first the rejects,
 * then the rows; so shards have to begin where windows begin.
 */
final class RecordOutcomes implements Iterator<SourceOutcome> {
  private final Iterator<JsonRecord> records;
  private final RecordEncoder encoder;
  private final Optional<Packer> packer;
  private final int window;
  private final Consumer<SourceOutcome> counter;
  private final Queue<SourceOutcome> ready = new ArrayDeque<>();

  /**
   * @param counter told of each record what became of it, before it is packed
   */
  RecordOutcomes(
      Iterator<JsonRecord> records, RecordEncoder encoder, Consumer<SourceOutcome> counter) {
    this.records = records;
    this.encoder = encoder;
    this.packer = encoder.packer();
    this.window = encoder.window();
    this.counter = counter;
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && records.hasNext()) {
      if (packer.isPresent()) {
        packWindow(packer.get());
      } else {
        ready.add(encode());
      }
    }
    return !ready.isEmpty();
  }

  @Override
  public SourceOutcome next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private SourceOutcome encode() {
    SourceOutcome outcome = encoder.encode(records.next());
    counter.accept(outcome);
    return outcome;
  }

  private void packWindow(Packer rows) {
    List<EncodedSample> kept = new ArrayList<>(window);
    for (int i = 0; i < window && records.hasNext(); i++) {
      SourceOutcome outcome = encode();
      if (outcome instanceof SourceOutcome.Kept good) {
        kept.add(good.sample());
      } else {
        ready.add(outcome);
      }
    }
    for (EncodedSample row : rows.pack(kept)) {
      ready.add(new SourceOutcome.Kept(encoder.finish(row)));
    }
  }
}
