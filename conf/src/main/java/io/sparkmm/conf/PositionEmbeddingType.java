package io.sparkmm.conf;

/** Position encoding of a decoder, {@code position_embedding_type}. */
public enum PositionEmbeddingType implements NamedValue {
  /** Rotary, with time, height and width sections. */
  MROPE("mrope"),
  /** Rotary. */
  ROPE("rope"),
  /** Learned table. */
  LEARNED_ABSOLUTE("learned_absolute"),
  /** No positions. */
  NONE("none");

  private final String text;

  PositionEmbeddingType(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
