package io.sparkmm.convert.execute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A complete file in the work folder.
 *
 * @param path relative to the folder of the output
 * @param size bytes
 * @param modified time of the last change, as text
 * @param crc32 checksum of all bytes
 * @param tensorCrc32 checksums of its tensors, in the order of the file
 */
record FinishedFile(String path, long size, String modified, long crc32, List<Long> tensorCrc32) {

  FinishedFile {
    tensorCrc32 = List.copyOf(tensorCrc32);
  }

  static FinishedFile of(String path, Path file, long crc32, List<Long> tensorCrc32)
      throws IOException {
    return new FinishedFile(path, Files.size(file), modified(file), crc32, tensorCrc32);
  }

  /** Whether a file is still as it was recorded. */
  boolean matches(Path file) throws IOException {
    return Files.isRegularFile(file) && Files.size(file) == size && modified(file).equals(modified);
  }

  private static String modified(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toString();
  }

  ObjectNode toJson(ObjectMapper mapper) {
    ObjectNode node = mapper.createObjectNode();
    node.put("path", path).put("size", size).put("modified", modified).put("crc32", crc32);
    ArrayNode tensors = node.putArray("tensors");
    tensorCrc32.forEach(tensors::add);
    return node;
  }

  static FinishedFile fromJson(JsonNode node) {
    List<Long> tensors = new ArrayList<>();
    node.path("tensors").forEach(crc -> tensors.add(crc.asLong()));
    return new FinishedFile(
        node.path("path").asText(),
        node.path("size").asLong(),
        node.path("modified").asText(),
        node.path("crc32").asLong(),
        tensors);
  }
}
