package io.sparkmm.data.source;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * Writes preference records: {@code {"messages": [question], "chosen": answer, "rejected": answer,
 * "images": [path]}}, keys in this order, indented by two blanks, as an element of an array.
 */
public final class PreferenceJson {
  private static final DefaultIndenter INDENTER = new DefaultIndenter("  ", "\n");
  private static final ObjectWriter WRITER = new JsonMapper().writer(new Printer());

  private PreferenceJson() {}

  /** The record of a row. */
  public static ObjectNode toJson(RlhfVRow.Usable row, String picture) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.putArray("messages").addObject().put("role", "user").put("content", row.question());
    node.putObject("chosen").put("role", "assistant").put("content", row.chosen());
    node.putObject("rejected").put("role", "assistant").put("content", row.rejected());
    node.putArray("images").add(picture);
    return node;
  }

  /** The text of a row's record, each line indented by two more blanks. */
  public static String indented(RlhfVRow.Usable row, String picture) {
    try {
      // Line ends inside of texts are escaped, so that all others belong to the layout.
      return "  " + WRITER.writeValueAsString(toJson(row, picture)).replace("\n", "\n  ");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write a tree of texts", e);
    }
  }

  private static final class Printer extends DefaultPrettyPrinter {
    private static final long serialVersionUID = 1L;

    Printer() {
      indentObjectsWith(INDENTER);
      indentArraysWith(INDENTER);
    }

    @Override
    public DefaultPrettyPrinter createInstance() {
      return new Printer();
    }

    @Override
    public void writeObjectFieldValueSeparator(JsonGenerator generator) throws IOException {
      generator.writeRaw(": ");
    }
  }
}
