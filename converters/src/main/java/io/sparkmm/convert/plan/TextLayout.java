package io.sparkmm.convert.plan;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A file without tensors, such as an index: its bytes are part of the plan. */
public final class TextLayout implements FileLayout {

  private final byte[] bytes;

  private TextLayout(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Plans a file of text, written in UTF-8.
   *
   * @param path relative to the folder of the output, with {@code /}
   */
  public static PlannedFile plan(String path, String text) {
    return new PlannedFile(path, new TextLayout(text.getBytes(StandardCharsets.UTF_8)), List.of());
  }

  /**
   * Plans a file of bytes.
   *
   * @param path relative to the folder of the output, with {@code /}
   */
  public static PlannedFile plan(String path, byte[] bytes) {
    return new PlannedFile(path, new TextLayout(bytes.clone()), List.of());
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public List<TensorPlace> tensors() {
    return List.of();
  }

  @Override
  public List<Literal> literals(long[] crc32) {
    return bytes.length == 0 ? List.of() : List.of(new Literal(0, bytes));
  }
}
