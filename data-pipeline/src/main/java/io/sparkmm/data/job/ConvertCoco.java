package io.sparkmm.data.job;

import io.sparkmm.data.coco.CocoItem;
import io.sparkmm.data.coco.CocoTexts;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.source.LlavaPaths;
import io.sparkmm.data.source.MllmJson;
import java.io.ByteArrayOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** The work of one task: makes the conversations about a range of pictures. */
final class ConvertCoco
    implements FlatMapFunction<Iterator<Tuple2<CocoKey, CocoItem>>, ConvertCoco.Result> {
  private static final long serialVersionUID = 1L;

  /** More annotations than this of one picture are not used. */
  static final int MAX_ITEMS = 10_000;

  /**
   * What became of a range of pictures.
   *
   * @param chunk the records
   * @param bare pictures of which there is nothing to say
   */
  record Result(ConvertedChunk chunk, long bare) implements Serializable {}

  private final String mediaRoot;
  private final LlavaPaths paths;
  private final CocoTexts texts;
  private final List<String> sources;
  private final Broadcast<HadoopSettings> hadoop;

  ConvertCoco(ImportCocoSettings settings, Broadcast<HadoopSettings> hadoop) {
    this.mediaRoot = settings.sources().mediaRoot();
    this.paths = new LlavaPaths(settings.sources().imageFolder(), false);
    this.texts = settings.texts();
    this.sources = settings.sources().files();
    this.hadoop = hadoop;
  }

  @Override
  public Iterator<Result> call(Iterator<Tuple2<CocoKey, CocoItem>> items) {
    Range range = new Range(new HadoopPictures(hadoop.value().configuration()));
    while (items.hasNext()) {
      Tuple2<CocoKey, CocoItem> next = items.next();
      range.add(next._1(), next._2());
    }
    range.endPicture();
    return List.of(new Result(range.result(), range.bare)).iterator();
  }

  /** The pictures of one task, of which one after the other is put together. */
  private final class Range {
    private final HadoopPictures pictures;
    private final ByteArrayOutputStream json = new ByteArrayOutputStream();
    private final RejectSummary.Counter dropped = new RejectSummary.Counter();
    private final List<CocoItem> annotations = new ArrayList<>();
    private Optional<CocoItem.Picture> picture = Optional.empty();
    private CocoKey pictureKey;
    private long current;
    private int kept;
    private long bare;

    Range(HadoopPictures pictures) {
      this.pictures = pictures;
    }

    ConvertedChunk result() {
      return new ConvertedChunk(json.toByteArray(), kept, dropped.summaries());
    }

    void add(CocoKey key, CocoItem item) {
      if (key.pictureId() != current) {
        endPicture();
        current = key.pictureId();
      }
      if (item instanceof CocoItem.Bad bad) {
        dropped.add(bad.reject());
      } else if (item instanceof CocoItem.Picture listed) {
        addPicture(key, listed);
      } else if (picture.isEmpty()) {
        drop(key, RejectReason.ANNOTATION_DANGLING, "image_id " + current);
      } else if (annotations.size() == MAX_ITEMS) {
        drop(
            key,
            RejectReason.ANNOTATION_INVALID,
            "picture " + current + " has more than " + MAX_ITEMS + " annotations");
      } else {
        annotations.add(item);
      }
    }

    /** Files may list a picture each; what they say of it has to be the same. */
    private void addPicture(CocoKey key, CocoItem.Picture listed) {
      if (picture.isEmpty()) {
        picture = Optional.of(listed);
        pictureKey = key;
      } else if (!picture.get().equals(listed)) {
        drop(key, RejectReason.COLUMN_INVALID, listed + " is also listed as " + picture.get());
      }
    }

    void endPicture() {
      if (picture.isPresent()) {
        endPicture(picture.get());
      }
      picture = Optional.empty();
      annotations.clear();
    }

    private void endPicture(CocoItem.Picture whole) {
      boolean objects = annotations.stream().anyMatch(item -> item instanceof CocoItem.Instance);
      if (objects && texts.needsSize() && (whole.width() < 1 || whole.height() < 1)) {
        drop(pictureKey, RejectReason.COLUMN_INVALID, whole + " has no width and height");
        return;
      }
      List<SftSample> samples =
          texts.conversations(whole, annotations, paths.stored(mediaRoot, whole.fileName()));
      if (samples.isEmpty()) {
        bare++;
        return;
      }
      String file = paths.checked(mediaRoot, whole.fileName());
      if (whole.fileName().contains("/")) {
        drop(
            pictureKey,
            RejectReason.IMAGE_FORBIDDEN,
            whole.fileName() + ": file_name has to be the name of a file without folders");
      } else if (!pictures.exists(file)) {
        drop(pictureKey, RejectReason.IMAGE_MISSING, file);
      } else {
        samples.forEach(this::write);
      }
    }

    private void write(SftSample sample) {
      Optional<byte[]> bytes = MllmJson.toBytes(sample);
      if (bytes.isEmpty()) {
        drop(pictureKey, RejectReason.INVALID_TEXT, "picture " + current);
        return;
      }
      if (kept++ > 0) {
        json.writeBytes(new byte[] {',', '\n'});
      }
      json.writeBytes(bytes.get());
    }

    private void drop(CocoKey key, RejectReason reason, String detail) {
      dropped.add(new RejectedSample(sources.get(key.source()), key.entry(), reason, detail));
    }
  }
}
