package io.sparkmm.data.template;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;

/**
 * JSON as Python's {@code json} module reads and writes it without escaping other alphabets: a
 * blank behind every comma and colon, numbers in Python's form. Training texts depend on it to the
 * character.
 */
final class PythonJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private PythonJson() {}

  /**
   * Parses a text.
   *
   * @throws ToolCallException if it is not JSON
   */
  static JsonNode read(String json) {
    JsonNode node;
    try {
      node = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new ToolCallException("a tool call is not valid JSON: " + e.getOriginalMessage());
    }
    if (node.isMissingNode()) {
      throw new ToolCallException("a tool call is not valid JSON: it is empty");
    }
    return node;
  }

  /** The text of a value. */
  static String write(JsonNode node) {
    StringBuilder out = new StringBuilder();
    append(out, node);
    return out.toString();
  }

  /** The text of a string, with its quotes. */
  static String write(String text) {
    StringBuilder out = new StringBuilder();
    append(out, text);
    return out.toString();
  }

  private static void append(StringBuilder out, JsonNode node) {
    if (node.isObject()) {
      out.append('{');
      String separator = "";
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        out.append(separator);
        append(out, field.getKey());
        out.append(": ");
        append(out, field.getValue());
        separator = ", ";
      }
      out.append('}');
    } else if (node.isArray()) {
      out.append('[');
      for (int i = 0; i < node.size(); i++) {
        out.append(i == 0 ? "" : ", ");
        append(out, node.get(i));
      }
      out.append(']');
    } else if (node.isTextual()) {
      append(out, node.textValue());
    } else if (node.isFloatingPointNumber()) {
      out.append(real(node.doubleValue()));
    } else {
      // Whole numbers, true, false and null read the same everywhere.
      out.append(node.asText());
    }
  }

  private static void append(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c < ' ') {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** The shortest digits that give the number back, with an exponent outside 1e-4 ... 1e16. */
  private static String real(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = shortest(Math.abs(value)).stripTrailingZeros();
    String digits = shortest.unscaledValue().toString();
    // The number is 0.digits * 10^point.
    int point = digits.length() - shortest.scale();
    String sign = value < 0 ? "-" : "";
    if (point > 16 || point < -3) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      return sign
          + digits.charAt(0)
          + fraction
          + String.format(Locale.ROOT, "e%s%02d", point > 0 ? "+" : "-", Math.abs(point - 1));
    }
    if (point <= 0) {
      return sign + "0." + "0".repeat(-point) + digits;
    }
    if (point >= digits.length()) {
      return sign + digits + "0".repeat(point - digits.length()) + ".0";
    }
    return sign + digits.substring(0, point) + "." + digits.substring(point);
  }

  /**
   * The number with the fewest digits that reads as the value; of two, the nearer one. Both
   * neighbours are tried, since next to a power of two the nearer one may read as another value.
   */
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    for (int precision = 1; precision < 17; precision++) {
      BigDecimal below = exact.round(new MathContext(precision, RoundingMode.FLOOR));
      BigDecimal above = exact.round(new MathContext(precision, RoundingMode.CEILING));
      boolean belowFits = below.doubleValue() == value;
      boolean aboveFits = above.doubleValue() == value;
      if (belowFits && aboveFits) {
        BigDecimal down = exact.subtract(below);
        return down.compareTo(above.subtract(exact)) <= 0 ? below : above;
      }
      if (belowFits || aboveFits) {
        return belowFits ? below : above;
      }
    }
    return exact.round(new MathContext(17, RoundingMode.HALF_EVEN));
  }
}
