package io.sparkmm.convert.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks of the folders that options name. */
final class FolderChecks {
  private FolderChecks() {}

  /** The folder must exist. */
  static boolean exists(String option, Path folder, Findings findings) {
    if (!Files.isDirectory(folder)) {
      findings.problem(option + ": not a directory: " + folder);
      return false;
    }
    return true;
  }

  /** The folder must hold safetensors files. */
  static boolean weights(String option, Path folder, Findings findings) {
    if (!exists(option, folder, findings)) {
      return false;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.safetensors")) {
      if (files.iterator().hasNext()) {
        return true;
      }
      findings.problem(option + ": No *.safetensors files found in " + folder);
    } catch (IOException e) {
      findings.problem(option + ": cannot list " + folder + ": " + e);
    }
    return false;
  }

  /** The folder must hold safetensors files and a configuration. */
  static void model(String option, Path folder, Findings findings) {
    weights(option, folder, findings);
    if (Files.isDirectory(folder) && !Files.isRegularFile(folder.resolve("config.json"))) {
      findings.problem(option + ": No config.json in " + folder);
    }
  }

  /** What is written must not replace what is read. */
  static void apart(String target, Path written, String source, Path read, Findings findings) {
    if (real(written).equals(real(read))) {
      findings.problem(target + ": must not be the folder of " + source + ", which is read");
    }
  }

  /** What is written must not lie within what is read and copied. */
  static void outside(String target, Path written, String source, Path read, Findings findings) {
    if (real(written).startsWith(real(read))) {
      findings.problem(target + ": must not lie in the folder of " + source + ", which is copied");
    }
  }

  private static Path real(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      return absolute.toRealPath();
    } catch (IOException e) {
      Path parent = absolute.getParent();
      return parent == null ? absolute : real(parent).resolve(absolute.getFileName());
    }
  }
}
