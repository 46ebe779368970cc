package io.sparkmm.convert.hf;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.plan.AssetCopy;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds what a Hugging Face folder has beside its weights: tokenizer, configuration, texts, with
 * all folders below it.
 *
 * <p>A link to a file counts as the file when it stays inside the folder, or, in the cache of the
 * Hugging Face hub ({@code snapshots/<revision>}), inside the {@code blobs} folder beside the
 * snapshots. A link that leads anywhere else is refused: following it could publish a file that the
 * model does not contain. Links to folders are not followed.
 */
public final class HfAssets {

  private final Path root;
  private final Path except;
  private final List<Path> allowed = new ArrayList<>();
  private final List<AssetCopy> found = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private HfAssets(Path root, Path except) throws IOException {
    this.root = root;
    this.except = except;
    Path real = root.toRealPath();
    allowed.add(real);
    Path parent = real.getParent();
    if (parent != null && parent.endsWith("snapshots") && parent.getParent() != null) {
      allowed.add(parent.getParent().resolve("blobs"));
    }
  }

  /**
   * Lists the files, sorted by name.
   *
   * @param except a folder that is left out wherever it lies
   * @throws ConvertException of kind DATA when the folder cannot be read or links lead out of it
   */
  public static List<AssetCopy> list(Path folder, Path except) {
    try {
      HfAssets assets = new HfAssets(folder, except.toAbsolutePath().normalize());
      assets.walk();
      if (!assets.problems.isEmpty()) {
        throw ConvertException.data(assets.problems);
      }
      assets.found.sort(Comparator.comparing(AssetCopy::path));
      return List.copyOf(assets.found);
    } catch (IOException e) {
      throw ConvertException.data("Cannot list " + folder + ": " + e, e);
    }
  }

  private void walk() throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return folder.toAbsolutePath().normalize().equals(except)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!file.toString().endsWith(HfFolder.SUFFIX)) {
              add(file, attributes);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void add(Path file, BasicFileAttributes attributes) throws IOException {
    if (attributes.isRegularFile()) {
      found.add(new AssetCopy(file, relative(file)));
    } else if (attributes.isSymbolicLink()) {
      try {
        Path real = file.toRealPath();
        if (allowed.stream().noneMatch(real::startsWith)) {
          problems.add("Cannot copy " + file + ": it is a link that leads out of the folder");
        } else if (Files.isRegularFile(real)) {
          found.add(new AssetCopy(real, relative(file)));
        }
      } catch (NoSuchFileException e) {
        problems.add("Cannot copy " + file + ": it is a link to nothing");
      }
    }
  }

  private String relative(Path file) {
    List<String> parts = new ArrayList<>();
    root.relativize(file).forEach(part -> parts.add(part.toString()));
    return String.join("/", parts);
  }
}
