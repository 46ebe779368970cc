package io.sparkmm.convert.execute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The last part of an execution, as the journal has it: all that a restart needs to finish it
 * without plan and sources.
 *
 * @param whole the folder with the files is renamed; otherwise file by file goes to a folder that
 *     holds other things, too
 * @param files in the order in which they appear, where they go one by one
 * @param removed files of an older result that go first, where files go one by one
 * @param tracker what the tracker file says; empty for a result without one
 */
record Publication(boolean whole, List<String> files, List<String> removed, String tracker) {

  Publication {
    files = List.copyOf(files);
    removed = List.copyOf(removed);
  }

  ObjectNode toJson(ObjectMapper mapper) {
    ObjectNode node = mapper.createObjectNode();
    node.put("whole", whole).put("tracker", tracker);
    Journal.put(node, "files", files);
    Journal.put(node, "removed", removed);
    return node;
  }

  static Publication fromJson(JsonNode node) {
    return new Publication(
        node.path("whole").asBoolean(),
        Journal.texts(node.path("files")),
        Journal.texts(node.path("removed")),
        node.path("tracker").asText());
  }
}
