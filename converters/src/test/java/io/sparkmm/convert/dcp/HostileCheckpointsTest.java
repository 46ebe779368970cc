package io.sparkmm.convert.dcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparkmm.convert.dcp.DcpException.Kind;
import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleNone;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.convert.pickle.PickleTuple;
import io.sparkmm.convert.pickle.PickleWriter;
import io.sparkmm.convert.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories that are damaged or made to do harm: an error each, and a message of its own. */
final class HostileCheckpointsTest {

  private static final String KEY = "model.odd";

  @TempDir private Path temporary;
  private Path folder;

  @BeforeEach
  void copy() {
    folder = DcpFolders.copy("ranks2", temporary.resolve("checkpoint"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "/etc/passwd", "a/b", "a\\b", "..", ".", "", "c:x", "a\u0000b", "a\nb"})
  void refusesFilesOutsideOfTheFolder(String file) throws IOException {
    assertThatThrownBy(write(one(file, 0, 10, size(4)), size(4)))
        .isInstanceOf(DcpException.class)
        .hasMessageStartingWith("Cannot read " + folder)
        .hasMessageEndingWith("x: '" + file + "' is no name of a file in the same folder")
        .extracting(failure -> ((DcpException) failure).kind())
        .isEqualTo(Kind.BAD_METADATA);
  }

  @Test
  void refusesPlacesOutsideOfTheFile() throws IOException {
    long size = Files.size(folder.resolve("__0_0.distcp"));
    assertThatThrownBy(write(one("__0_0.distcp", size, 1, size(4)), size(4)))
        .hasMessageEndingWith(
            "x: its data end at byte " + (size + 1) + " of __0_0.distcp, which has " + size);
    assertThatThrownBy(write(one("__0_0.distcp", 1, Long.MAX_VALUE, size(4)), size(4)))
        .hasMessageEndingWith("x: 9223372036854775807 bytes at 1 are no range of a file");
    assertThatThrownBy(write(one("__0_0.distcp", -1, 4, size(4)), size(4)))
        .hasMessageEndingWith("x: 4 bytes at -1 are no range of a file");
    assertThatThrownBy(write(one("__0_0.distcp", 0, 0, size(4)), size(4)))
        .hasMessageEndingWith("x has 0 bytes in __0_0.distcp");
  }

  @Test
  void refusesSizesThatCannotBe() throws IOException {
    assertThatThrownBy(write(one("__0_0.distcp", 0, 8, size(4)), size(4, 4)))
        .hasMessageEndingWith("x: chunk [4] at [0] does not lie in shape [4, 4]");
    assertThatThrownBy(
            write(one("__0_0.distcp", 0, 8, size(1L << 62, 1L << 62)), size(1L << 62, 1L << 62)))
        .hasMessageEndingWith("has more bytes than fit 63 bits");
    assertThatThrownBy(write(one("__0_0.distcp", 0, 8, size(-4)), size(-4)))
        .hasMessageEndingWith("x: offsets [0] and sizes [-4] are no box");
    assertThatThrownBy(write(one("__0_0.distcp", 0, 8, size(4)), size(3)))
        .hasMessageEndingWith("x: chunk [4] at [0] does not lie in shape [3]");
    assertThatThrownBy(write(one("__0_0.distcp", 0, 8, size(4)), size(1L << 40)))
        .hasMessageContaining("tensor x: its chunks cover 4 of the 1099511627776 elements");
  }

  @Test
  void refusesChunksThatOverlap() {
    DcpTensor tensor =
        DcpTensor.of(
            DcpKey.of("x"),
            DType.F32,
            List.of(4L, 4L),
            List.of(
                chunk(0, new Box(List.of(0L, 0L), List.of(3L, 4L))),
                chunk(1, new Box(List.of(2L, 3L), List.of(2L, 1L)))));
    assertThatThrownBy(
            () -> DcpMetadata.merge(List.of(new DcpMetadata(List.of(tensor), List.of()))))
        .hasMessage(
            "Cannot save checkpoint: tensor x: its chunks [3, 4] at [0, 0] and [2, 1] at [2, 3]"
                + " overlap");
  }

  @Test
  void refusesItemsThatShareBytes() {
    DcpMetadata metadata =
        new DcpMetadata(
            List.of(
                DcpTensor.of(
                    DcpKey.of("x"),
                    DType.U8,
                    List.of(1L),
                    List.of(chunk(0, Box.whole(List.of(1L)))))),
            List.of(new DcpBytes(DcpKey.of("y"), new DcpPlace("__0_0.distcp", 9, 10))));
    assertThatThrownBy(() -> DcpMetadata.merge(List.of(metadata)))
        .hasMessage("Cannot save checkpoint: y and x share bytes of __0_0.distcp");
  }

  private static DcpChunk chunk(int number, Box box) {
    return new DcpChunk(box, new DcpPlace("__0_0.distcp", number * 10L, 10));
  }

  @Test
  void coversBoxesInAnyNumberOfDimensions() {
    List<Box> cells = new ArrayList<>();
    for (long at = 0; at < 64; at++) {
      cells.add(new Box(List.of(at / 16, at / 4 % 4, at % 4), List.of(1L, 1L, 1L)));
    }
    List<Long> shape = List.of(4L, 4L, 4L);
    assertThat(ChunkCover.problem(shape, cells)).isEmpty();
    assertThat(ChunkCover.problem(shape, cells.subList(1, 64)))
        .hasValue("its chunks cover 63 of the 64 elements of [4, 4, 4]");
    cells.set(9, cells.get(41));
    assertThat(ChunkCover.problem(shape, cells).orElseThrow()).contains("overlap");
    assertThat(ChunkCover.problem(List.of(), List.of(Box.whole(List.of()))))
        .isEqualTo(Optional.empty());
  }

  @Test
  void refusesAFolderWithoutMetadata() throws IOException {
    Files.delete(folder.resolve(".metadata"));
    assertThatThrownBy(() -> DcpCheckpoint.open(folder))
        .hasMessage("Cannot read " + folder + ": it holds no file .metadata");
  }

  @Test
  void refusesAMissingFile() throws IOException {
    Files.delete(folder.resolve("__1_0.distcp"));
    assertThatThrownBy(() -> DcpCheckpoint.open(folder))
        .hasMessageStartingWith("Cannot read " + folder.resolve(".metadata"))
        .hasMessageEndingWith(": there is no file __1_0.distcp in the folder");
  }

  @Test
  void refusesATruncatedFile() throws IOException {
    Path file = folder.resolve("__1_0.distcp");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> DcpCheckpoint.open(folder))
        .hasMessageContaining(": its data end at byte " + bytes.length + " of __1_0.distcp");
  }

  @Test
  void refusesAnItemOfAnotherShape() throws IOException {
    DcpMetadata metadata = DcpCheckpoint.open(folder).metadata();
    List<DcpTensor> tensors = new ArrayList<>();
    for (DcpTensor tensor : metadata.tensors()) {
      boolean odd = tensor.key().flat().equals(KEY);
      tensors.add(
          odd
              ? DcpTensor.of(tensor.key(), DType.I32, tensor.spec().shape(), tensor.chunks())
              : tensor);
    }
    Files.write(
        folder.resolve(".metadata"),
        DcpMetadataWriter.write(new DcpMetadata(tensors, metadata.values())));
    DcpCheckpoint checkpoint = DcpCheckpoint.open(folder);
    assertThatThrownBy(() -> checkpoint.view(KEY))
        .hasMessageContaining(KEY + ", at byte ")
        .hasMessageEndingWith("chunk [4, 3] at [0, 0] of I32 is stored as F32 [4, 3]");
  }

  @Test
  void refusesADamagedItem() throws IOException {
    DcpPlace place = DcpCheckpoint.open(folder).find(KEY).orElseThrow().chunks().get(0).place();
    Path file = folder.resolve(place.file());
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) place.offset()] = 0;
    Files.write(file, bytes);
    assertThatThrownBy(() -> DcpCheckpoint.open(folder).view(KEY))
        .isInstanceOf(DcpException.class)
        .hasMessageContaining(KEY + ", at byte " + place.offset() + " of " + place.file());
  }

  @Test
  void tellsUnknownKeys() {
    DcpCheckpoint checkpoint = DcpCheckpoint.open(folder);
    assertThatThrownBy(() -> checkpoint.view("iteration"))
        .hasMessage("Cannot read " + folder + ": it holds no tensor iteration");
    assertThatThrownBy(() -> checkpoint.value(KEY))
        .hasMessage("Cannot read " + folder + ": it holds no value " + KEY);
  }

  @Test
  void callsNothing() throws IOException {
    Path witness = temporary.resolve("witness");
    PickleObject call = PickleObject.call(new Global("os", "system"), "touch '" + witness + "'");
    assertThatThrownBy(open(call))
        .hasMessageEndingWith(
            "metadata: expected an object of Metadata, found an object of os.system");
    Map<String, Object> root =
        new LinkedHashMap<>(root(one("__0_0.distcp", 0, 8, size(4)), size(4)));
    root.put("storage_meta", call);
    root.put("planner_data", PickleDict.of(Map.of("x", call)));
    assertThatThrownBy(open(PickleObject.instance(DcpNames.METADATA, root)))
        .hasMessageEndingWith("x: its path is an object of os.system");
    assertThat(witness).doesNotExist();
  }

  @Test
  void refusesItemsThatAreTransformed() throws IOException {
    Map<String, Object> info = info("__0_0.distcp", 0, 8);
    info.put("transform_descriptors", PickleList.of(List.of("zstd")));
    assertThatThrownBy(write(storage(info, size(0)), size(4)))
        .hasMessageEndingWith(
            "x: the item is transformed (compressed); save the checkpoint without extensions")
        .extracting(failure -> ((DcpException) failure).kind())
        .isEqualTo(Kind.UNSUPPORTED);
  }

  @Test
  void refusesMetadataOfTheWrongForm() throws IOException {
    assertThatThrownBy(open("text")).hasMessageContaining("found the str 'text'");
    Map<String, Object> root = root(PickleDict.of(Map.of()), size(4));
    assertThatThrownBy(open(PickleObject.instance(DcpNames.METADATA, root)))
        .hasMessageEndingWith("x: its chunk [4] at [0] has no entry in storage_data");
    root.remove("storage_data");
    assertThatThrownBy(open(PickleObject.instance(DcpNames.METADATA, root)))
        .hasMessageEndingWith(" has no attribute storage_data");
    root.put("storage_data", 3L);
    assertThatThrownBy(open(PickleObject.instance(DcpNames.METADATA, root)))
        .hasMessageEndingWith("storage_data: expected a dict, found 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ranks2", "plain"})
  void neverSucceedsWronglyWithABitFlippedInTheMetadata(String name) throws IOException {
    Path copy = DcpFolders.copy(name, temporary.resolve(name));
    DcpMetadata right = DcpCheckpoint.open(copy).metadata();
    byte[] bytes = Files.readAllBytes(copy.resolve(".metadata"));
    Random random = new Random(5);
    for (int at = 0; at < bytes.length; at += 1 + random.nextInt(15)) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(copy.resolve(".metadata"), flipped);
      Throwable failure = catchThrowable(() -> DcpCheckpoint.open(copy).verify());
      if (failure == null) {
        // A letter of a name or of an attribute that is not used may have changed, no data.
        DcpMetadata read = DcpCheckpoint.open(copy).metadata();
        assertThat(shapesAndPlaces(read)).containsAll(unnamed(right, read));
      } else {
        assertThat(failure).isInstanceOf(DcpException.class);
      }
    }
  }

  /** Everything but the names of keys, and but for tensors and chunks without elements. */
  private static List<String> shapesAndPlaces(DcpMetadata metadata) {
    List<String> all = new ArrayList<>();
    for (DcpTensor tensor : metadata.tensors()) {
      if (tensor.spec().elements() > 0) {
        List<DcpChunk> chunks =
            tensor.chunks().stream().filter(chunk -> !chunk.box().isEmpty()).toList();
        all.add(tensor.spec().dtype() + " " + tensor.spec().shape() + " " + chunks);
      }
    }
    metadata.values().forEach(value -> all.add(value.place().toString()));
    return all;
  }

  private static List<String> unnamed(DcpMetadata right, DcpMetadata read) {
    assertThat(read.tensors()).hasSameSizeAs(right.tensors());
    assertThat(read.values()).hasSameSizeAs(right.values());
    return shapesAndPlaces(right);
  }

  @Test
  void refusesMetadataThatAreCutAnywhere() throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve(".metadata"));
    for (int length = 0; length < bytes.length; length += 7) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> DcpMetadataReader.read(cut))
          .isInstanceOf(DcpException.class)
          .hasMessageStartingWith("Cannot read metadata: Cannot read pickle at byte ");
    }
  }

  private ThrowingCallable write(PickleDict storage, PickleObject shape) throws IOException {
    return open(PickleObject.instance(DcpNames.METADATA, root(storage, shape)));
  }

  private ThrowingCallable open(Object root) throws IOException {
    Files.write(folder.resolve(".metadata"), PickleWriter.write(root));
    return () -> DcpCheckpoint.open(folder);
  }

  /**
   * Metadata of one float32 tensor x of one chunk, the size of which is the only one in storage.
   */
  private static Map<String, Object> root(PickleDict storage, PickleObject shape) {
    PickleTuple properties =
        PickleTuple.of(
            new Global("torch", "float32"),
            PickleObject.call(DcpNames.LAYOUT, "torch.strided"),
            false,
            PickleObject.call(DcpNames.MEMORY_FORMAT, 0L),
            false);
    Map<String, Object> chunk = new LinkedHashMap<>();
    PickleObject sizes = storage.entries().isEmpty() ? shape : chunkSizes(storage);
    chunk.put(
        "offsets", ((PickleTuple) sizes.arguments().get(0)).size() == 1 ? size(0) : size(0, 0));
    chunk.put("sizes", sizes);
    Map<String, Object> tensor = new LinkedHashMap<>();
    tensor.put("properties", PickleObject.instance(DcpNames.PROPERTIES, properties));
    tensor.put("size", shape);
    tensor.put("chunks", PickleList.of(List.of(PickleObject.instance(DcpNames.CHUNK, chunk))));
    Map<String, Object> root = new LinkedHashMap<>();
    root.put(
        "state_dict_metadata",
        PickleDict.of(Map.of("x", PickleObject.instance(DcpNames.TENSOR, tensor))));
    root.put("planner_data", PickleNone.NONE);
    root.put("storage_data", storage);
    return root;
  }

  private static PickleObject chunkSizes(PickleDict storage) {
    PickleObject info = (PickleObject) storage.entries().values().iterator().next();
    return (PickleObject) info.attribute("sizes_of_chunk").orElse(size(4));
  }

  private static PickleDict one(String file, long offset, long length, PickleObject sizes) {
    Map<String, Object> info = info(file, offset, length);
    info.put("sizes_of_chunk", sizes);
    boolean flat = ((PickleTuple) sizes.arguments().get(0)).size() == 1;
    return storage(info, flat ? size(0) : size(0, 0));
  }

  private static PickleDict storage(Map<String, Object> info, PickleObject offset) {
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("fqn", "x");
    index.put("offset", offset);
    return PickleDict.of(
        Map.of(
            PickleObject.instance(DcpNames.INDEX, index),
            PickleObject.instance(DcpNames.STORAGE_INFO, info)));
  }

  private static Map<String, Object> info(String file, long offset, long length) {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("relative_path", file);
    info.put("offset", offset);
    info.put("length", length);
    return info;
  }

  private static PickleObject size(long... sizes) {
    return PickleObject.call(DcpNames.SIZE, PickleTuple.of(Arrays.stream(sizes).boxed().toList()));
  }
}
