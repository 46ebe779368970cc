package io.sparkmm.conf;

/** Layout of the records of a data set, {@code attr.formatting}. */
public enum DatasetFormatting implements NamedValue {
  /** A list of messages with a role each. */
  SHAREGPT("sharegpt"),
  /** Columns for prompt, query, response and history. */
  ALPACA("alpaca"),
  /** Messages with tool calls. */
  MULTIMODAL_TOOL("multimodal_tool"),
  /** Messages as the OpenAI interface writes them. */
  OPENAI("openai");

  private final String text;

  DatasetFormatting(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
