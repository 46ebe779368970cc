package io.sparkmm.data.job;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.coco.CocoEntries;
import io.sparkmm.data.coco.CocoItem;
import io.sparkmm.data.sample.RejectReason;
import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** The work of one task: reads a chunk of one of the lists of a COCO file. */
final class ReadCoco implements PairFlatMapFunction<ReadCoco.Part, CocoKey, CocoItem> {
  private static final long serialVersionUID = 1L;

  /** The list that a chunk belongs to. */
  enum Section {
    PICTURES,
    CAPTIONS,
    INSTANCES
  }

  /**
   * A chunk and what it holds.
   *
   * @param source number of the file
   * @param section the list
   * @param chunk entries of it
   */
  record Part(int source, Section section, JsonChunk chunk) implements Serializable {}

  private final Broadcast<CocoEntries> instances;
  private final Broadcast<HadoopSettings> hadoop;

  ReadCoco(Broadcast<CocoEntries> instances, Broadcast<HadoopSettings> hadoop) {
    this.instances = instances;
    this.hadoop = hadoop;
  }

  @Override
  public Iterator<Tuple2<CocoKey, CocoItem>> call(Part part) {
    CocoEntries entries = new CocoEntries(part.chunk().file(), instances.value().categories());
    JsonChunkReader reader = new JsonChunkReader(part.chunk(), hadoop.value().configuration());
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        boolean more = reader.hasNext();
        if (!more) {
          reader.close();
        }
        return more;
      }

      @Override
      public Tuple2<CocoKey, CocoItem> next() {
        JsonRecord record = reader.next();
        long number = record.id().record();
        CocoEntries.Entry entry =
            record
                .node()
                .map(node -> read(entries, part.section(), number, node))
                .orElseGet(
                    () -> entries.bad(number, RejectReason.RECORD_UNREADABLE, record.problem()));
        return new Tuple2<>(CocoKey.of(entry, part.source(), number), entry.item());
      }
    };
  }

  private static CocoEntries.Entry read(
      CocoEntries entries, Section section, long number, JsonNode node) {
    return switch (section) {
      case PICTURES -> entries.picture(number, node);
      case CAPTIONS -> entries.caption(number, node);
      case INSTANCES -> entries.instance(number, node);
    };
  }
}
