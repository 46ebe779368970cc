package io.sparkmm.data.job;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.image.ByteSource;
import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.source.PreferenceJson;
import io.sparkmm.data.source.RlhfVRow;
import io.sparkmm.data.source.RlhfVRow.Picture;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * The work of one task: converts rows of RLHF-V and stores their pictures. A row that is bad in any
 * way is left out; its picture is not stored, and those of other rows are not touched.
 */
final class ConvertRlhfV implements Function<RlhfVPart, ConvertedChunk> {
  private static final long serialVersionUID = 1L;
  private static final Set<String> COLUMNS =
      Set.of("conversations", "chosen", "rejected", "images", "text", "image");

  private final String input;
  private final String pictureRoot;
  private final String storedFolder;
  private final String staging;
  private final Broadcast<HadoopSettings> hadoop;

  /**
   * The work.
   *
   * @param staging the folder that is being filled; it has a folder for the pictures, and one for
   *     those that are being written
   */
  ConvertRlhfV(ImportRlhfVSettings settings, Path staging, Broadcast<HadoopSettings> hadoop) {
    this.input = settings.input();
    this.pictureRoot = settings.pictureRoot();
    this.storedFolder = settings.storedFolder();
    this.staging = staging.toString();
    this.hadoop = hadoop;
  }

  /** The folder in which the output is put together. */
  static Path content(Path staging) {
    return new Path(staging, "content");
  }

  static Path unfinished(Path staging) {
    return new Path(staging, "unfinished");
  }

  @Override
  public ConvertedChunk call(RlhfVPart part) {
    Configuration configuration = hadoop.value().configuration();
    Conversion conversion = new Conversion(configuration, part.firstRow());
    if (part instanceof RlhfVPart.RowGroup group) {
      try (ParquetRows rows = ParquetRows.open(group, COLUMNS, configuration)) {
        while (rows.hasNext()) {
          conversion.add(rows.next());
        }
      }
    } else {
      RlhfVPart.Json json = (RlhfVPart.Json) part;
      try (JsonChunkReader records = new JsonChunkReader(json.chunk(), configuration)) {
        while (records.hasNext()) {
          JsonRecord record = records.next();
          record
              .node()
              .ifPresentOrElse(
                  conversion::add,
                  () -> conversion.drop(RejectReason.RECORD_UNREADABLE, record.problem()));
        }
      }
    }
    return conversion.result();
  }

  /** What becomes of the rows of one part. */
  private final class Conversion {
    private final HadoopPictures pictures;
    private final PictureFolder folder;
    private final ByteArrayOutputStream json = new ByteArrayOutputStream();
    private final RejectSummary.Counter dropped = new RejectSummary.Counter();
    private long row;
    private int kept;

    Conversion(Configuration configuration, long firstRow) {
      Path parent = new Path(staging);
      this.pictures = new HadoopPictures(configuration);
      this.folder =
          new PictureFolder(
              new Path(content(parent), ImportRlhfVSettings.PICTURES),
              unfinished(parent),
              configuration);
      this.row = firstRow;
    }

    ConvertedChunk result() {
      return new ConvertedChunk(json.toByteArray(), kept, dropped.summaries());
    }

    void add(JsonNode node) {
      RlhfVRow parsed = RlhfVRow.of(node, pictureRoot);
      if (parsed instanceof RlhfVRow.Unusable bad) {
        drop(bad.reason(), bad.detail());
        return;
      }
      RlhfVRow.Usable usable = (RlhfVRow.Usable) parsed;
      String path = storedFolder + "/" + PictureFolder.name(row);
      String record = PreferenceJson.indented(usable, path);
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(record)) {
        drop(RejectReason.INVALID_TEXT, "a text holds half of a surrogate pair");
        return;
      }
      try {
        store(usable.picture());
      } catch (ImageException e) {
        drop(e.reason(), e.detail());
        return;
      }
      if (kept++ > 0) {
        json.writeBytes(new byte[] {',', '\n'});
      }
      json.writeBytes(record.getBytes(StandardCharsets.UTF_8));
      row++;
    }

    void drop(RejectReason reason, String detail) {
      dropped.add(new RejectedSample(input, row, reason, detail));
      row++;
    }

    /** Checks a picture before a byte of it is stored. */
    private void store(Picture picture) {
      try (InputStream stream = checked(picture)) {
        folder.store(row, stream);
      } catch (IOException e) {
        throw new DataException(
            DataException.Kind.DATASET,
            "Cannot store the picture of row " + row + ": " + e.getMessage(),
            e);
      }
    }

    private InputStream checked(Picture picture) {
      if (picture instanceof Picture.At at) {
        pictures.probe(at.path());
        return pictures.open(at.path());
      }
      byte[] bytes = ((Picture.Bytes) picture).bytes();
      ImageHeader.check("of row " + row, ByteSource.of(bytes));
      return new ByteArrayInputStream(bytes);
    }
  }
}
