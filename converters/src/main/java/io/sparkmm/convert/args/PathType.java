package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A path, relative to the current directory. Doubled slashes, {@code .} parts and a slash at the
 * end are dropped, {@code ..} stays.
 *
 * @param folder whether it must be a folder that exists
 */
record PathType(boolean folder) implements ValueType {

  @Override
  public String text() {
    return folder ? innerText() : "<class 'Path'>";
  }

  @Override
  public String innerText() {
    return folder ? "Annotated[Path, PathType(path_type='dir')]" : "Path";
  }

  @Override
  public JsonNode ofToken(String token) {
    if (token.isEmpty()) {
      throw BadValue.of("must not be empty");
    }
    if (token.indexOf('\0') >= 0) {
      throw BadValue.of("must not hold a null character");
    }
    String parts =
        Arrays.stream(token.split("/+", -1))
            .filter(part -> !part.isEmpty() && !part.equals("."))
            .collect(Collectors.joining("/"));
    String path = (token.startsWith("/") ? "/" : "") + parts;
    path = path.isEmpty() ? "." : path;
    if (folder && !Files.isDirectory(Path.of(path))) {
      throw BadValue.of("not a directory: " + path);
    }
    return JsonNodeFactory.instance.textNode(path);
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    if (!node.isTextual()) {
      throw BadValue.of("must be a path, got " + Spelling.show(node));
    }
    return ofToken(node.textValue());
  }
}
