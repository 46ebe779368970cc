package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;

/** Turns the records of one source into samples; made by {@link DatasetFormat#parser}. */
@FunctionalInterface
public interface RecordParser {
  /**
   * Reads one record. Never throws for a defect of the record itself.
   *
   * @param node the record as the source has it
   */
  ParseResult parse(JsonNode node);
}
