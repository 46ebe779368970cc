package io.sparkmm.convert.dcp;

import io.sparkmm.convert.dcp.DcpException.Kind;
import io.sparkmm.convert.pickle.PickleLimits;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.torch.TorchException;
import io.sparkmm.convert.torch.TorchFile;
import io.sparkmm.convert.view.StoredTensor;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A directory of {@code torch.distributed.checkpoint}, written by any number of ranks, as whole
 * tensors. Nothing stays open.
 *
 * <p>When it is opened, the metadata are checked in full: every tensor is covered by its chunks
 * exactly once, and every item lies in a file of the folder, apart from all others. The archives of
 * items are checked when the items are asked for.
 */
public final class DcpCheckpoint {

  private final Path folder;
  private final DcpMetadata metadata;
  private final Map<String, DcpTensor> tensors = new LinkedHashMap<>();
  private final Map<String, DcpBytes> values = new LinkedHashMap<>();

  private DcpCheckpoint(Path folder, DcpMetadata metadata) {
    this.folder = folder;
    this.metadata = metadata;
    metadata.tensors().forEach(tensor -> tensors.put(tensor.key().flat(), tensor));
    metadata.values().forEach(value -> values.put(value.key().flat(), value));
  }

  /**
   * Opens the directory that holds the {@code .metadata}.
   *
   * @throws DcpException with the kind of the first defect found
   */
  public static DcpCheckpoint open(Path folder) {
    Path file = folder.resolve(DcpNames.METADATA_FILE);
    byte[] bytes = readMetadata(folder, file);
    try {
      DcpMetadata metadata = DcpMetadataReader.parse(bytes);
      metadata.checkWhole();
      DcpCheckpoint checkpoint = new DcpCheckpoint(folder, metadata);
      checkpoint.checkFiles();
      return checkpoint;
    } catch (DcpException e) {
      throw e.because("Cannot read " + file);
    }
  }

  /** Whether a folder holds a distributed checkpoint. */
  public static boolean isIn(Path folder) {
    return Files.isRegularFile(folder.resolve(DcpNames.METADATA_FILE));
  }

  private static byte[] readMetadata(Path folder, Path file) {
    if (!isIn(folder)) {
      throw DcpException.cannotRead(
          Kind.NO_CHECKPOINT, folder, "it holds no file " + DcpNames.METADATA_FILE);
    }
    try {
      long limit = PickleLimits.ofThisJvm().maxBytes();
      if (Files.size(file) > limit) {
        throw DcpException.cannotRead(
            Kind.BAD_METADATA,
            file,
            "it has " + Files.size(file) + " bytes, accepted are " + limit);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw DcpException.io(file, e);
    }
  }

  private void checkFiles() {
    Map<String, Long> sizes = new TreeMap<>();
    values.values().forEach(value -> checkPlace(value.key(), value.place(), sizes));
    for (DcpTensor tensor : tensors.values()) {
      tensor.chunks().forEach(chunk -> checkPlace(tensor.key(), chunk.place(), sizes));
    }
  }

  private void checkPlace(DcpKey key, DcpPlace place, Map<String, Long> sizes) {
    long size = sizes.computeIfAbsent(place.file(), name -> size(key, folder.resolve(name)));
    if (place.end() > size) {
      throw DcpException.of(
          Kind.BAD_PLACE,
          key
              + ": its data end at byte "
              + place.end()
              + " of "
              + place.file()
              + ", which has "
              + size);
    }
  }

  private static long size(DcpKey key, Path file) {
    if (!Files.isRegularFile(file)) {
      throw DcpException.of(
          Kind.MISSING_FILE, key + ": there is no file " + file.getFileName() + " in the folder");
    }
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw DcpException.io(file, e);
    }
  }

  /** The directory. */
  public Path path() {
    return folder;
  }

  /** All items, in the order of the metadata. */
  public DcpMetadata metadata() {
    return metadata;
  }

  /** The files with data, sorted by name. */
  public List<Path> files() {
    SortedMap<String, Path> files = new TreeMap<>();
    values.values().forEach(v -> files.put(v.place().file(), folder.resolve(v.place().file())));
    for (DcpTensor tensor : tensors.values()) {
      for (DcpChunk chunk : tensor.chunks()) {
        files.put(chunk.place().file(), folder.resolve(chunk.place().file()));
      }
    }
    return List.copyOf(files.values());
  }

  /** The tensor of a flat key; empty when there is none. */
  public Optional<DcpTensor> find(String key) {
    return Optional.ofNullable(tensors.get(key));
  }

  /**
   * A whole tensor, put together from its chunks; of the data only the archives' directories are
   * read.
   *
   * @throws DcpException when there is no such tensor, or the archive of a chunk does not hold what
   *     the metadata say
   */
  public TensorView view(String key) {
    DcpTensor tensor =
        find(key)
            .orElseThrow(
                () ->
                    DcpException.cannotRead(Kind.UNKNOWN_KEY, folder, "it holds no tensor " + key));
    DType dtype = tensor.spec().dtype();
    List<TensorView> tiles = new ArrayList<>();
    List<List<Long>> offsets = new ArrayList<>();
    for (DcpChunk chunk : tensor.chunks()) {
      StoredTensor stored = stored(tensor, chunk);
      if (stored.spec().dtype() != dtype || !stored.spec().shape().equals(chunk.box().sizes())) {
        throw badItem(
            tensor.key(),
            chunk.place(),
            "chunk "
                + chunk.box()
                + " of "
                + dtype
                + " is stored as "
                + stored.spec().dtype()
                + " "
                + stored.spec().shape());
      }
      tiles.add(TensorView.of(stored));
      offsets.add(chunk.box().offsets());
    }
    return TensorView.tiled(dtype, tensor.spec().shape(), tiles, offsets);
  }

  private StoredTensor stored(DcpTensor tensor, DcpChunk chunk) {
    return read(
        tensor.key(),
        chunk.place(),
        () -> file(chunk.place()).tensor().stored(tensor.key().flat()));
  }

  /**
   * A value that is no tensor.
   *
   * @param key flat key
   * @return any pickle value; see the package {@code pickle}
   * @throws DcpException when there is no such value, or its archive is damaged
   */
  public Object value(String key) {
    DcpBytes value = values.get(key);
    if (value == null) {
      throw DcpException.cannotRead(Kind.UNKNOWN_KEY, folder, "it holds no value " + key);
    }
    return read(value.key(), value.place(), () -> file(value.place()).root());
  }

  /**
   * Checks the archives of all items, and their checksums, which reads all data.
   *
   * @throws DcpException with the kind of the first defect found
   */
  public void verify() {
    tensors.keySet().forEach(this::view);
    values.keySet().forEach(this::value);
    for (DcpTensor tensor : tensors.values()) {
      tensor.chunks().forEach(chunk -> verify(tensor.key(), chunk.place()));
    }
    values.values().forEach(value -> verify(value.key(), value.place()));
  }

  private void verify(DcpKey key, DcpPlace place) {
    read(
        key,
        place,
        () -> {
          file(place).verify();
          return place;
        });
  }

  private TorchFile file(DcpPlace place) {
    return TorchFile.open(folder.resolve(place.file()), place.offset(), place.length());
  }

  private <T> T read(DcpKey key, DcpPlace place, Supplier<T> action) {
    try {
      return action.get();
    } catch (TorchException e) {
      throw DcpException.cannotRead(Kind.BAD_ITEM, folder, at(key, place) + e.getMessage(), e);
    }
  }

  private DcpException badItem(DcpKey key, DcpPlace place, String reason) {
    return DcpException.cannotRead(Kind.BAD_ITEM, folder, at(key, place) + reason);
  }

  private static String at(DcpKey key, DcpPlace place) {
    return key + ", at byte " + place.offset() + " of " + place.file() + ": ";
  }
}
