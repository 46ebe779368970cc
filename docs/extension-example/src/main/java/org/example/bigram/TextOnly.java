package org.example.bigram;

import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import java.util.List;

/** A data set of its own: the texts of another one, without its pictures. */
final class TextOnly implements BatchIterator {
  private final BatchIterator source;

  TextOnly(BatchIterator source) {
    this.source = source;
  }

  @Override
  public boolean hasNext() {
    return source.hasNext();
  }

  @Override
  public HostBatch next() {
    HostBatch batch = source.next();
    return new HostBatch(
        batch.rows(),
        batch.columns(),
        batch.inputIds(),
        batch.attentionMask(),
        batch.labels(),
        new float[0],
        List.of(),
        batch.sampleIds());
  }

  @Override
  public void close() {
    source.close();
  }
}
