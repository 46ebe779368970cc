package io.sparkmm.data.job;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;

/**
 * Finds the elements of the lists that a JSON object holds, in one pass and without building them:
 * a file such as {@code {"images": [...], "annotations": [...]}}.
 */
final class JsonSections implements JsonIndexer.Consumer, JsonScanner.Events {
  private static final int ELEMENT_DEPTH = 2;

  private final Set<String> wanted;
  private final int perChunk;
  private final Map<String, JsonElements> found = new LinkedHashMap<>();
  private final JsonScanner scanner = new JsonScanner(this, ELEMENT_DEPTH, 0);
  private String key = "";
  private Optional<JsonElements> current = Optional.empty();
  private boolean first = true;
  private boolean started;
  private boolean closed;

  private JsonSections(Set<String> wanted, int perChunk) {
    this.wanted = wanted;
    this.perChunk = perChunk;
  }

  /**
   * The elements of some lists of a file, by the keys of the lists.
   *
   * @throws io.sparkmm.data.sample.DataException of kind {@code SOURCE} if the file is no JSON
   *     object, or one of the lists is missing
   */
  static Map<String, List<JsonChunk>> find(
      String file, Set<String> lists, int perChunk, Configuration configuration) {
    JsonSections sections = new JsonSections(lists, perChunk);
    JsonIndexer.pass(file, sections, configuration);
    Map<String, List<JsonChunk>> chunks = new TreeMap<>();
    sections.found.forEach((key, elements) -> chunks.put(key, elements.chunks(file)));
    return chunks;
  }

  @Override
  public void accept(byte[] bytes, int length) throws IOException {
    if (first) {
      // A byte order mark means nothing; blanks in its place keep all positions.
      Arrays.fill(bytes, 0, JsonEncoding.markLength(bytes, length), (byte) ' ');
      first = false;
    }
    try {
      scanner.scan(bytes, length);
    } catch (IOException e) {
      throw invalid(e.getMessage());
    }
  }

  @Override
  public void finish(long size) throws IOException {
    if (!closed) {
      throw invalid("the file ends at byte " + size + " before the object does");
    }
    Set<String> missing = new TreeSet<>(wanted);
    missing.removeAll(found.keySet());
    if (!missing.isEmpty()) {
      throw new IOException("it has no lists named " + missing);
    }
  }

  @Override
  public void begin(int depth, byte bracket, long position) throws IOException {
    if (depth == 0) {
      if (started || bracket != '{') {
        throw new IOException("it has to be one object, but something else is at byte " + position);
      }
      started = true;
    } else if (depth == 1) {
      current = Optional.empty();
      if (bracket == '[' && wanted.contains(key)) {
        if (found.containsKey(key)) {
          throw new IOException("there is a second list " + key + " at byte " + position);
        }
        current =
            Optional.of(new JsonElements(new JsonIndex.Request(perChunk, java.util.Set.of())));
        found.put(key, current.get());
      }
    } else if (current.isPresent()) {
      current.get().begin(position);
    }
  }

  @Override
  public void end(int depth, byte last, long end) throws IOException {
    if (depth == 0) {
      closed = true;
    } else if (depth == 1) {
      if (current.isPresent()) {
        current.get().close(last, end);
        current = Optional.empty();
        key = "";
      }
    } else if (current.isPresent()) {
      current.get().end(end);
    }
  }

  @Override
  public void separator(int depth, byte character, long position) throws IOException {
    if (depth == 1 && character == ':') {
      key = scanner.text().map(JsonArrayFinder::unescaped).orElse("");
    } else if (depth == ELEMENT_DEPTH && current.isPresent()) {
      current.get().separator(character, position);
    } else if (depth == 0) {
      throw new IOException("there is more behind the end of the object");
    }
  }

  private static IOException invalid(String problem) {
    return new IOException("it is no valid JSON object of lists: " + problem);
  }
}
