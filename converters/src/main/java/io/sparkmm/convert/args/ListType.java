package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * A list, given as YAML in one argument.
 *
 * @param element type of the elements
 * @param words whether the elements may also be given as separate arguments
 */
record ListType(ValueType element, boolean words) implements ValueType {

  @Override
  public String text() {
    return "List[" + element.innerText() + "]";
  }

  @Override
  public Arity arity() {
    return words ? Arity.MANY : Arity.ONE;
  }

  @Override
  public boolean isList() {
    return true;
  }

  @Override
  public JsonNode ofToken(String token) {
    JsonNode node = Spelling.yaml(token);
    if (node.isTextual() || node.isNull()) {
      boolean cut = token.startsWith("[");
      throw BadValue.of(
          "must be a list, got "
              + Spelling.show(token)
              + (cut ? "; put a list that contains blanks between quotes" : ""));
    }
    return ofNode(node);
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    if (node.isTextual()) {
      return ofToken(node.textValue());
    }
    if (!node.isArray()) {
      throw BadValue.of("must be a list, got " + Spelling.show(node));
    }
    checkDepth(node);
    return convert(node);
  }

  private ArrayNode convert(JsonNode node) {
    ArrayNode result = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < node.size(); i++) {
      try {
        if (node.get(i).isNull()) {
          throw BadValue.of("must not be null");
        }
        result.add(element.ofNode(node.get(i)));
      } catch (BadValue e) {
        throw BadValue.of("element " + (i + 1) + " " + e.getMessage());
      }
    }
    return result;
  }

  /** People mix up flat and nested lists: the message shows the form that is right. */
  private void checkDepth(JsonNode node) {
    boolean holdsLists = false;
    boolean holdsScalars = false;
    for (JsonNode item : node) {
      holdsLists |= item.isArray();
      holdsScalars |= item.isValueNode();
    }
    if (element.isList() && holdsScalars && !holdsLists) {
      throw BadValue.ofCommand(
          "takes nested lists (" + compact("[" + node + "]") + "), got " + Spelling.show(node));
    }
    if (!element.isList() && holdsLists && !holdsScalars) {
      String form =
          node.size() == 1
              ? "a flat list (" + compact(node.get(0).toString()) + ")"
              : "a flat list, one number per device and no virtual stages";
      throw BadValue.ofCommand("takes " + form + ", got " + Spelling.show(node));
    }
  }

  private static String compact(String text) {
    return text.replace(" ", "");
  }

  @Override
  public ArrayNode elements(JsonNode more) {
    if (more.isArray() && fitsWhole(more)) {
      return convert(more);
    }
    if (more.isNull()) {
      throw BadValue.of("cannot be extended by null");
    }
    return convert(JsonNodeFactory.instance.arrayNode().add(more));
  }

  private boolean fitsWhole(JsonNode more) {
    for (JsonNode item : more) {
      if (element.isList() != item.isArray()) {
        return false;
      }
    }
    return !more.isEmpty() || !element.isList();
  }
}
