package io.sparkmm.data.job;

import io.sparkmm.data.encode.EncodeResult;
import io.sparkmm.data.encode.Packer;
import io.sparkmm.data.encode.SampleEncoder;
import io.sparkmm.data.encode.SampleStage;
import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.shard.SourceOutcome;
import io.sparkmm.data.source.DatasetFormats;
import io.sparkmm.data.source.ParseResult;
import io.sparkmm.data.source.RecordParser;
import io.sparkmm.data.template.EndTokens;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Takes a JSON record all the way to a sample, or to the reason why it is none. */
final class RecordEncoder {
  private final RecordParser parser;
  private final SampleEncoder encoder;
  private final HadoopPictures pictures;
  private final boolean embedImages;
  private final SampleStage stage;
  private final Optional<Packer> packer;

  /**
   * An encoder; the tokenizer is made once per JVM.
   *
   * @throws io.sparkmm.data.sample.DataException if the settings do not fit together
   */
  RecordEncoder(EncodeContext context, Configuration configuration) {
    this.pictures = new HadoopPictures(configuration, context.pictures().check());
    this.parser =
        DatasetFormats.standard()
            .get(context.formatting())
            .parser(context.source(), pictures::exists);
    Tokenizer tokenizer = Tokenizer.shared(context.tokenizer());
    this.encoder = new SampleEncoder(context.spec(), tokenizer, pictures);
    this.embedImages = context.pictures().embed();
    this.stage = context.spec().stage();
    this.packer = stage.packer(EndTokens.of(context.spec().template(), tokenizer).padId());
  }

  /** What makes rows of a window's samples; empty where each record becomes a sample. */
  Optional<Packer> packer() {
    return packer;
  }

  /** Records of a window. */
  int window() {
    return stage.window();
  }

  /**
   * A packed row as it is stored.
   *
   * @throws DataException of kind {@code SOURCE} if a picture can no longer be read
   */
  EncodedSample finish(EncodedSample row) {
    if (!embedImages) {
      return row;
    }
    try {
      return embedded(row);
    } catch (ImageException e) {
      throw new DataException(
          DataException.Kind.SOURCE,
          "Cannot embed the pictures of packed row " + row.id() + ": " + e.getMessage(),
          e);
    }
  }

  SourceOutcome encode(JsonRecord record) {
    if (record.node().isEmpty()) {
      return reject(record.id(), RejectReason.RECORD_UNREADABLE, record.problem());
    }
    ParseResult parsed = parser.parse(record.node().get());
    if (parsed instanceof ParseResult.Rejected rejected) {
      return reject(record.id(), rejected.reason(), rejected.detail());
    }
    EncodeResult result = encoder.encode(record.id(), ((ParseResult.Parsed) parsed).sample());
    if (result instanceof EncodeResult.Rejected rejected) {
      return new SourceOutcome.Left(rejected.reject());
    }
    EncodedSample sample = ((EncodeResult.Encoded) result).sample();
    if (!embedImages || packer.isPresent()) {
      // Rows get their pictures one by one: those of a whole window may be too many at a time.
      return new SourceOutcome.Kept(sample);
    }
    try {
      return new SourceOutcome.Kept(embedded(sample));
    } catch (ImageException e) {
      return reject(record.id(), e.reason(), e.detail());
    }
  }

  private EncodedSample embedded(EncodedSample sample) {
    List<EncodedImage> images = new ArrayList<>(sample.images().size());
    for (EncodedImage image : sample.images()) {
      images.add(
          new EncodedImage(
              image.path(),
              Optional.of(pictures.read(image.path())),
              image.height(),
              image.width(),
              image.gridT(),
              image.gridH(),
              image.gridW()));
    }
    return sample.withImages(images);
  }

  private static SourceOutcome reject(RecordId id, RejectReason reason, String detail) {
    return new SourceOutcome.Left(RejectedSample.of(id, reason, detail));
  }
}
