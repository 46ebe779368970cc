package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.Sample;
import java.util.function.Predicate;

/** Reads records whose columns and roles {@code attr} names; a defect becomes a reject. */
abstract class AligningParser implements RecordParser {
  final Attributes attributes;
  final Messages messages;
  final MediaColumns media;

  AligningParser(SourceSettings settings, Predicate<String> fileExists) {
    this.attributes = settings.attributes();
    this.messages = new Messages(settings);
    this.media = new MediaColumns(settings, fileExists);
  }

  @Override
  public final ParseResult parse(JsonNode node) {
    try {
      return new ParseResult.Parsed(align(JsonFields.object(node)));
    } catch (RecordDefect defect) {
      return defect.toResult();
    }
  }

  /** The sample of a record that is an object. */
  abstract Sample align(JsonNode node) throws RecordDefect;
}
