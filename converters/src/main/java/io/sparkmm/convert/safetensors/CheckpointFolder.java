package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A folder with the weights of one model, in one file or in shards, open for reading.
 *
 * <p>With an index, the files are those it names. Without, they are {@code model.safetensors} alone
 * when present, otherwise every {@code *.safetensors} of the folder, of which none may be missing
 * by its numbering.
 */
public final class CheckpointFolder implements TensorSource {

  private static final String SUFFIX = ".safetensors";

  private final Path folder;
  private final List<SafetensorsFile> files = new ArrayList<>();
  private final SortedMap<String, SafetensorsFile> byTensor = new TreeMap<>();
  private final SortedMap<String, String> metadata = new TreeMap<>();

  private CheckpointFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens all files of a folder and checks their headers and their index.
   *
   * @throws SafetensorsException with the kind of the first defect found
   */
  public static CheckpointFolder open(Path folder) {
    CheckpointFolder result = new CheckpointFolder(folder);
    try {
      result.load();
      return result;
    } catch (RuntimeException e) {
      try {
        result.close();
      } catch (RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void load() {
    Path indexPath = folder.resolve(SafetensorsIndex.FILE_NAME);
    Optional<SafetensorsIndex> index =
        Files.exists(indexPath) ? Optional.of(SafetensorsIndex.read(indexPath)) : Optional.empty();
    List<String> names = index.map(SafetensorsIndex::shards).orElseGet(() -> filesToRead(folder));
    List<String> missing =
        names.stream().filter(name -> !Files.exists(folder.resolve(name))).toList();
    if (!missing.isEmpty()) {
      throw SafetensorsException.cannotRead(
          Kind.MISSING_SHARD,
          folder,
          missing.size() + " of " + names.size() + " shards are missing: " + missing);
    }
    for (String name : names) {
      add(SafetensorsFile.open(folder.resolve(name)));
    }
    index.ifPresent(this::checkIndex);
  }

  private void add(SafetensorsFile file) {
    files.add(file);
    metadata.putAll(file.metadata());
    for (TensorRef tensor : file.tensors()) {
      SafetensorsFile other = byTensor.put(tensor.name(), file);
      if (other != null) {
        throw SafetensorsException.cannotRead(
            Kind.DUPLICATE_NAME,
            folder,
            "tensor "
                + tensor.name()
                + " stands in "
                + other.path().getFileName()
                + " and in "
                + file.path().getFileName());
      }
    }
  }

  private void checkIndex(SafetensorsIndex index) {
    List<String> wrong =
        index.weightMap().entrySet().stream()
            .filter(entry -> !isIn(entry.getKey(), entry.getValue()))
            .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
            .toList();
    if (!wrong.isEmpty()) {
      throw SafetensorsException.cannotRead(
          Kind.INDEX_MISMATCH,
          folder,
          "the index places "
              + wrong.size()
              + " tensors in shards that do not hold them: "
              + wrong.subList(0, Math.min(wrong.size(), 5)));
    }
  }

  private boolean isIn(String tensor, String shard) {
    SafetensorsFile file = byTensor.get(tensor);
    return file != null && file.path().getFileName().toString().equals(shard);
  }

  /** The files that make up a checkpoint without index. */
  private static List<String> filesToRead(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw SafetensorsException.cannotRead(Kind.NO_CHECKPOINT, folder, "it is not a folder");
    }
    if (Files.exists(folder.resolve(ShardPlan.SINGLE_FILE))) {
      return List.of(ShardPlan.SINGLE_FILE);
    }
    List<String> present = safetensorsFiles(folder);
    if (present.isEmpty()) {
      throw SafetensorsException.cannotRead(
          Kind.NO_CHECKPOINT, folder, "it holds no *" + SUFFIX + " file");
    }
    return ShardNumbering.complete(present);
  }

  /** Every safetensors file and index of a folder, sorted by name. */
  static List<String> modelFiles(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .filter(name -> name.endsWith(SUFFIX) || name.equals(SafetensorsIndex.FILE_NAME))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new SafetensorsException(Kind.IO, folder, "Cannot list folder " + folder, e);
    }
  }

  /**
   * The files that a folder lacks by its index, where it has one, or by the numbers in the names of
   * others, sorted.
   *
   * @throws SafetensorsException when the folder or the index cannot be read
   */
  public static List<String> missingFiles(Path folder) {
    List<String> present = safetensorsFiles(folder);
    TreeSet<String> names = new TreeSet<>(ShardNumbering.complete(present));
    Path index = folder.resolve(SafetensorsIndex.FILE_NAME);
    if (Files.exists(index)) {
      names.addAll(SafetensorsIndex.read(index).shards());
    }
    present.forEach(names::remove);
    return List.copyOf(names);
  }

  /** The safetensors files of a folder, sorted by name. */
  static List<String> safetensorsFiles(Path folder) {
    return modelFiles(folder).stream().filter(name -> name.endsWith(SUFFIX)).toList();
  }

  /** The folder. */
  public Path path() {
    return folder;
  }

  /** The open files, sorted by name. */
  public List<SafetensorsFile> files() {
    return Collections.unmodifiableList(files);
  }

  /** All tensors of all files, sorted by name. */
  @Override
  public List<TensorRef> tensors() {
    return files.stream()
        .flatMap(file -> file.tensors().stream())
        .sorted(Comparator.comparing(TensorRef::name))
        .toList();
  }

  /** The pairs of all files; where files differ, the last one by name wins. */
  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableSortedMap(metadata);
  }

  @Override
  public Optional<TensorRef> find(String name) {
    return Optional.ofNullable(byTensor.get(name)).flatMap(file -> file.find(name));
  }

  @Override
  public TensorRef tensor(String name) {
    return file(name).tensor(name);
  }

  @Override
  public void read(String name, long offset, ByteBuffer target) {
    file(name).read(name, offset, target);
  }

  @Override
  public ByteBuffer window(String name, long offset, int length) {
    return file(name).window(name, offset, length);
  }

  @Override
  public ByteBuffer map(String name) {
    return file(name).map(name);
  }

  private SafetensorsFile file(String name) {
    SafetensorsFile file = byTensor.get(name);
    if (file == null) {
      throw SafetensorsException.cannotRead(
          Kind.UNKNOWN_TENSOR,
          folder,
          "it holds no tensor " + name + NearNames.hint(name, byTensor.keySet()));
    }
    return file;
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
