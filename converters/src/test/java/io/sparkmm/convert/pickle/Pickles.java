package io.sparkmm.convert.pickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pickles for tests: golden ones, and ones put together by hand. */
public final class Pickles {

  private Pickles() {}

  /** A golden file, wherever the tests were started. */
  public static Path golden(String name) {
    Path here = Path.of("src/test/golden/torch");
    return (Files.isDirectory(here) ? here : Path.of("converters").resolve(here)).resolve(name);
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(golden(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A pickle of protocol 4 from its parts: strings are taken letter by letter as Latin-1, numbers
   * are single bytes, arrays are taken as they are.
   */
  public static byte[] of(Object... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x80, 4});
    for (Object part : parts) {
      if (part instanceof String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
      } else if (part instanceof Integer number) {
        out.write(number);
      } else {
        out.writeBytes((byte[]) part);
      }
    }
    return out.toByteArray();
  }

  /** So many times the same bytes. */
  public static byte[] times(int count, String text) {
    return text.repeat(count).getBytes(StandardCharsets.ISO_8859_1);
  }

  static Object read(Object... parts) {
    return PickleReader.read(of(parts), PickleDialect.standard());
  }
}
