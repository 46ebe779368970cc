package io.sparkmm.convert.plan;

import java.nio.file.Path;

/**
 * A file to be taken over as it is, with its time stamp.
 *
 * @param source the file
 * @param path relative to the folder of the output, with {@code /}
 */
public record AssetCopy(Path source, String path) {}
