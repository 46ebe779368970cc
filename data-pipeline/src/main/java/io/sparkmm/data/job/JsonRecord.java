package io.sparkmm.data.job;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.RecordId;
import java.util.Objects;
import java.util.Optional;

/**
 * A record of a JSON file.
 *
 * @param id its name
 * @param node its content, empty if it is no valid JSON
 * @param problem what is wrong with it when there is no content, else empty
 */
record JsonRecord(RecordId id, Optional<JsonNode> node, String problem) {
  JsonRecord {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(node, "node");
    Objects.requireNonNull(problem, "problem");
  }
}
