package io.sparkmm.convert.torch;

import io.sparkmm.convert.SourceChannel;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleException;
import io.sparkmm.convert.pickle.PickleLimits;
import io.sparkmm.convert.pickle.PickleNone;
import io.sparkmm.convert.pickle.PickleReader;
import io.sparkmm.convert.pickle.PickleText;
import io.sparkmm.convert.torch.TorchException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The objects of a file of torch.save, or of such an archive inside of a larger file, as a
 * distributed checkpoint has many. Tensors are {@link TorchTensor}s, which say where their elements
 * lie; these are not read. Nothing stays open.
 */
public final class TorchFile {

  private static final String EXTRA_STATE = "_extra_state";
  private static final String MODEL = "model";

  private final Path path;
  private final long offset;
  private final long length;
  private final String prefix;
  private final Object root;

  private TorchFile(TorchZip zip, Object root) {
    this.path = zip.slice().path();
    this.offset = zip.slice().offset();
    this.length = zip.slice().length();
    this.prefix = zip.prefix();
    this.root = root;
  }

  /** What to do with an archive while its file is open. */
  private interface Action<T> {
    T apply(TorchZip zip) throws IOException;
  }

  /**
   * Reads a whole file.
   *
   * @throws TorchException with the kind of the first defect found
   */
  public static TorchFile open(Path path) {
    return inArchive(path, 0, -1, TorchFile::read);
  }

  /**
   * Reads an archive that is a part of a file.
   *
   * @param offset absolute offset in the file of its first byte
   * @param length its number of bytes
   * @throws TorchException with the kind of the first defect found
   */
  public static TorchFile open(Path path, long offset, long length) {
    if (length < 0) {
      throw TorchException.cannotRead(Kind.TRUNCATED, path, "an archive of " + length + " bytes");
    }
    return inArchive(path, offset, length, TorchFile::read);
  }

  private static <T> T inArchive(Path path, long offset, long length, Action<T> action) {
    try (FileChannel channel = SourceChannel.open(path)) {
      long bytes = length < 0 ? channel.size() : length;
      return action.apply(TorchZip.read(ZipSlice.of(path, channel, offset, bytes)));
    } catch (NoSuchFileException e) {
      throw TorchException.cannotRead(Kind.IO, path, "no such file", e);
    } catch (IOException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw TorchException.cannotRead(Kind.IO, path, reason, e);
    }
  }

  private static TorchFile read(TorchZip zip) throws IOException {
    PickleLimits limits = PickleLimits.ofThisJvm();
    ZipEntryInfo record = zip.find(TorchZip.PICKLE).orElseThrow();
    byte[] pickle = zip.content(record, limits.maxBytes());
    try {
      return new TorchFile(zip, PickleReader.read(pickle, TorchDialect.of(zip), limits));
    } catch (PickleException e) {
      throw TorchException.cannotRead(
          Kind.BAD_PICKLE, zip.slice().path(), TorchZip.PICKLE + ": " + e.getMessage(), e);
    }
  }

  /**
   * Compares every record of the archive with its checksum, which reads all of it. Records whose
   * writer left the checksum out are not compared.
   *
   * @throws TorchException of kind CHECKSUM naming the first record that was damaged
   */
  public void verify() {
    inArchive(
        path,
        offset,
        length,
        zip -> {
          for (ZipEntryInfo record : zip.records()) {
            zip.verify(record);
          }
          return zip;
        });
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The folder of all records in the archive, such as {@code archive}. */
  public String prefix() {
    return prefix;
  }

  /** The object: any pickle value, with {@link TorchTensor} and {@link TorchStorage} besides. */
  public Object root() {
    return root;
  }

  /**
   * The object, which must be a dict.
   *
   * @throws TorchException of kind WRONG_TYPE when it is something else
   */
  public PickleDict dict() {
    if (root instanceof PickleDict dict) {
      return dict;
    }
    throw fail(Kind.WRONG_TYPE, "it holds " + PickleText.describe(root) + ", not a dict");
  }

  /**
   * The object, which must be a tensor.
   *
   * @throws TorchException of kind WRONG_TYPE when it is something else
   */
  public TorchTensor tensor() {
    if (root instanceof TorchTensor tensor) {
      return tensor;
    }
    throw fail(Kind.WRONG_TYPE, "it holds " + PickleText.describe(root) + ", not a tensor");
  }

  /**
   * The weights of a checkpoint: the dict of tensors under a key of the dict of the file. Values
   * {@code None} are left out, and so are those named {@code ..._extra_state} that are no tensors.
   *
   * @param key such as {@code model}
   * @return names and tensors in the order of the file
   * @throws TorchException when the key is missing, or a value is no tensor
   */
  public Map<String, TorchTensor> tensors(String key) {
    Object value =
        dict()
            .get(key)
            .orElseThrow(() -> fail(Kind.MISSING_KEY, "it has no key " + key + hint(key)));
    if (!(value instanceof PickleDict weights)) {
      throw fail(
          Kind.WRONG_TYPE,
          "key " + key + " holds " + PickleText.describe(value) + ", not a dict of tensors");
    }
    Map<String, TorchTensor> tensors = new LinkedHashMap<>();
    weights
        .entries()
        .forEach(
            (name, weight) -> {
              if (!(name instanceof String text)) {
                throw fail(
                    Kind.WRONG_TYPE,
                    "key " + key + " has the name " + PickleText.describe(name) + ", not a str");
              }
              if (weight instanceof TorchTensor tensor) {
                tensors.put(text, tensor);
              } else if (weight != PickleNone.NONE && !text.endsWith(EXTRA_STATE)) {
                throw fail(
                    Kind.WRONG_TYPE,
                    key + "." + text + " is " + PickleText.describe(weight) + ", not a tensor");
              }
            });
    return Collections.unmodifiableMap(tensors);
  }

  private String hint(String key) {
    List<String> keys = dict().entries().keySet().stream().map(PickleText::describe).toList();
    String all = keys.size() > 20 ? keys.subList(0, 20) + " and more" : keys.toString();
    boolean virtual = key.equals(MODEL) && dict().get(MODEL + 0).isPresent();
    return "; it has "
        + all
        + (virtual ? ", so it is of a run with virtual pipeline stages (model0, model1, ...)" : "");
  }

  private TorchException fail(Kind kind, String reason) {
    return TorchException.cannotRead(kind, path, reason);
  }
}
