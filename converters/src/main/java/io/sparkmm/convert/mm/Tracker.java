package io.sparkmm.convert.mm;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.SourceChannel;
import io.sparkmm.convert.plan.OutputFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Finds the folder of the iteration to read. */
public final class Tracker {

  private static final int MAX_BYTES = 1024;

  private Tracker() {}

  /**
   * The folder of an iteration.
   *
   * @param root the folder of the checkpoint
   * @param wanted {@code release} or a number; empty for the one that the tracker file names
   * @throws ConvertException of kind USAGE when {@code wanted} is neither, of kind DATA when the
   *     tracker file or the folder is missing or the file says something else
   */
  public static Path iteration(Path root, Optional<String> wanted) {
    Path tracker = root.resolve(OutputFolder.TRACKER);
    if (wanted.isPresent()) {
      String name =
          name(wanted.get())
              .orElseThrow(
                  () ->
                      ConvertException.usage(
                          "iteration "
                              + wanted.get()
                              + " is neither "
                              + OutputFolder.RELEASE
                              + " nor a positive number"));
      return existing(root.resolve(name), "iteration " + wanted.get() + " was asked for");
    }
    String text = read(tracker);
    String name =
        name(text)
            .orElseThrow(
                () ->
                    ConvertException.data(
                        "Invalid metadata file "
                            + tracker
                            + ": it must say "
                            + OutputFolder.RELEASE
                            + " or a positive number, not \""
                            + shortened(text)
                            + "\""));
    return existing(root.resolve(name), tracker + " names it");
  }

  private static String read(Path tracker) {
    try {
      SourceChannel.checkRegular(tracker);
      if (Files.size(tracker) > MAX_BYTES) {
        throw ConvertException.data(
            "Invalid metadata file " + tracker + ": it has more than " + MAX_BYTES + " bytes");
      }
      byte[] bytes = Files.readAllBytes(tracker);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString().strip();
    } catch (NoSuchFileException e) {
      throw ConvertException.data("Cannot find " + tracker + ": no such file", e);
    } catch (CharacterCodingException e) {
      throw ConvertException.data("Invalid metadata file " + tracker + ": it is no text", e);
    } catch (IOException e) {
      throw ConvertException.data("Cannot read " + tracker + ": " + e.getMessage(), e);
    }
  }

  /** The name of the folder of an iteration; empty when the text does not tell one. */
  private static Optional<String> name(String text) {
    if (text.equals(OutputFolder.RELEASE)) {
      return Optional.of(text);
    }
    if (!text.matches("[0-9]{1,18}") || Long.parseLong(text) == 0) {
      return Optional.empty();
    }
    return Optional.of(String.format(Locale.ROOT, "iter_%07d", Long.parseLong(text)));
  }

  private static Path existing(Path folder, String why) {
    if (!Files.isDirectory(folder)) {
      throw ConvertException.data("Cannot find " + folder + ": no such folder, but " + why);
    }
    return folder;
  }

  private static String shortened(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "..." : text;
  }
}
