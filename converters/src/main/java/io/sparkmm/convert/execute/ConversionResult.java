package io.sparkmm.convert.execute;

import java.nio.file.Path;

/**
 * What an execution did.
 *
 * @param folder where the files are
 * @param files all files, the manifest not counted
 * @param bytes bytes of all files
 * @param keptFiles files that an interrupted run had finished
 * @param seconds time taken
 */
public record ConversionResult(Path folder, int files, long bytes, int keptFiles, double seconds) {}
