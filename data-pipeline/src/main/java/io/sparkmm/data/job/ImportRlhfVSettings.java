package io.sparkmm.data.job;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * What an import of RLHF-V is told.
 *
 * @param input a Parquet or JSON file, or a folder of files of one of these kinds
 * @param pictureRoot folder that paths of pictures are relative to; only rows without the pictures'
 *     bytes need it
 * @param output the folder to make; must not exist
 * @param storedFolder what stands before the pictures' names in the records
 * @param partitions tasks; empty = as many as useful. Has no influence on the output
 */
public record ImportRlhfVSettings(
    String input, String pictureRoot, String output, String storedFolder, OptionalInt partitions) {
  /** The folder of the pictures in the output, and what is stored when nothing else is said. */
  public static final String PICTURES = "images";

  /** Name of the file with the records in the output. */
  public static final String RECORDS = "rlhf-v.json";

  public ImportRlhfVSettings {
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(pictureRoot, "pictureRoot");
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(storedFolder, "storedFolder");
    Objects.requireNonNull(partitions, "partitions");
  }
}
