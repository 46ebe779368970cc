package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigInteger;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Whole numbers of 32 bits. Numbers with a fraction, even of zero, and truth values are none.
 *
 * @param least smallest value allowed, 0 or 1; without one any value is allowed and an argument may
 *     be any integer of YAML, such as {@code 0x10}
 */
record IntegerType(OptionalInt least) implements ValueType {

  private static final Pattern DECIMAL = Pattern.compile("[-+]?[0-9]+(_[0-9]+)*");

  @Override
  public String text() {
    if (least.isEmpty()) {
      return "int";
    }
    return least.getAsInt() == 0 ? "Annotated[int, Ge(ge=0)]" : "Annotated[int, Gt(gt=0)]";
  }

  @Override
  public JsonNode ofToken(String token) {
    JsonNode node = Spelling.yaml(token);
    if (least.isEmpty() && node.isIntegralNumber()) {
      return check(node.bigIntegerValue(), node);
    }
    String word = token.strip();
    if (!DECIMAL.matcher(word).matches()) {
      throw mismatch(node.isTextual() ? Spelling.show(token) : token);
    }
    return check(new BigInteger(word.replace("_", "").replaceFirst("^\\+", "")), node);
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    if (node.isTextual()) {
      return ofToken(node.textValue());
    }
    if (!node.isIntegralNumber()) {
      throw mismatch(Spelling.show(node));
    }
    return check(node.bigIntegerValue(), node);
  }

  private JsonNode check(BigInteger value, JsonNode given) {
    if (value.bitLength() > 31 || (least.isPresent() && value.intValue() < least.getAsInt())) {
      throw mismatch(given.isTextual() ? value.toString() : Spelling.show(given));
    }
    return JsonNodeFactory.instance.numberNode(value.intValue());
  }

  private BadValue mismatch(String given) {
    String wanted =
        least.isEmpty()
            ? "an integer"
            : least.getAsInt() == 0 ? "an integer of at least 0" : "an integer above 0";
    return BadValue.of("must be " + wanted + ", got " + given);
  }
}
