package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.source.Attributes;
import io.sparkmm.data.source.LlavaFormat;
import io.sparkmm.data.source.LlavaPaths;
import io.sparkmm.data.source.MllmJson;
import io.sparkmm.data.source.ParseResult;
import io.sparkmm.data.source.RecordParser;
import io.sparkmm.data.source.SourceSettings;
import java.io.ByteArrayOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * The work of one task: converts the LLaVA records of a chunk. A missing picture drops its record;
 * every other defect stops the import.
 */
final class ConvertLlava implements Function<JsonChunk, ConvertedChunk> {
  private static final long serialVersionUID = 1L;

  private final String mediaRoot;
  private final LlavaPaths paths;
  private final Broadcast<HadoopSettings> hadoop;

  ConvertLlava(ImportSettings settings, Broadcast<HadoopSettings> hadoop) {
    this.mediaRoot = settings.mediaRoot();
    this.paths = new LlavaPaths(settings.imageFolder(), false);
    this.hadoop = hadoop;
  }

  @Override
  public ConvertedChunk call(JsonChunk chunk) {
    Configuration configuration = hadoop.value().configuration();
    RecordParser parser =
        new LlavaFormat(paths)
            .parser(
                SourceSettings.of(Attributes.shareGpt(), mediaRoot),
                new HadoopPictures(configuration)::exists);
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    RejectSummary.Counter dropped = new RejectSummary.Counter();
    int kept = 0;
    try (JsonChunkReader records = new JsonChunkReader(chunk, configuration)) {
      while (records.hasNext()) {
        JsonRecord record = records.next();
        ParseResult result =
            record
                .node()
                .map(parser::parse)
                .orElseGet(
                    () ->
                        new ParseResult.Rejected(RejectReason.RECORD_UNREADABLE, record.problem()));
        if (result instanceof ParseResult.Rejected rejected) {
          dropped.add(dropped(record, rejected));
        } else {
          if (kept++ > 0) {
            json.writeBytes(new byte[] {',', '\n'});
          }
          json.writeBytes(text(record, ((ParseResult.Parsed) result)));
        }
      }
    }
    return new ConvertedChunk(json.toByteArray(), kept, dropped.summaries());
  }

  private static RejectedSample dropped(JsonRecord record, ParseResult.Rejected rejected) {
    RejectedSample reject = RejectedSample.of(record.id(), rejected.reason(), rejected.detail());
    if (reject.reason().severity() == RejectReason.Severity.FAIL) {
      throw new DataException(DataException.Kind.SOURCE, reject.message());
    }
    return reject;
  }

  private static byte[] text(JsonRecord record, ParseResult.Parsed parsed) {
    return MllmJson.toBytes((SftSample) parsed.sample())
        .orElseThrow(
            () ->
                new DataException(
                    DataException.Kind.SOURCE,
                    "Cannot convert record "
                        + record.id().record()
                        + " of "
                        + record.id().source()
                        + ": it is not valid Unicode"));
  }
}
