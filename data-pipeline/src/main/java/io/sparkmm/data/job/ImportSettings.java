package io.sparkmm.data.job;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * What an import of a LLaVA file is told.
 *
 * @param input the LLaVA file
 * @param mediaRoot folder below which pictures are looked for
 * @param imageFolder folder of the pictures below it; stored paths start with {@code ./} and it
 * @param output the file to make; must not exist
 * @param partitions tasks; empty = as many as useful. Has no influence on the output
 */
public record ImportSettings(
    String input, String mediaRoot, String imageFolder, String output, OptionalInt partitions) {
  public ImportSettings {
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(mediaRoot, "mediaRoot");
    Objects.requireNonNull(imageFolder, "imageFolder");
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(partitions, "partitions");
  }
}
