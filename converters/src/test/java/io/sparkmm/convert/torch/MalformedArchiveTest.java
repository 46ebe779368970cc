package io.sparkmm.convert.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.torch.RawZip.Entry;
import io.sparkmm.convert.torch.TorchException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that are wrong in one way each. */
final class MalformedArchiveTest {

  private static final int U32 = -1;

  @TempDir private Path folder;

  private AbstractThrowableAssert<?, ?> assertRefused(Kind kind, byte[] bytes) {
    Path path = TorchFixtures.write(folder.resolve("x.pt"), bytes);
    return assertThatThrownBy(() -> TorchFile.open(path))
        .isInstanceOfSatisfying(
            TorchException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.path()).isEqualTo(path);
              assertThat(e).hasMessageStartingWith("Cannot read " + path + ": ");
            });
  }

  private AbstractThrowableAssert<?, ?> assertRefused(Kind kind, RawZip zip) {
    return assertRefused(kind, zip.bytes());
  }

  @Test
  void readsTheRightArchiveThatTheOthersAreMadeOf() {
    Path path = TorchFixtures.write(folder.resolve("x.pt"), RawZip.right().bytes());

    assertThat(TorchFile.open(path).dict().entries()).isEmpty();
  }

  @Test
  void refusesWhatIsNoArchive() {
    assertRefused(Kind.NOT_TORCH, new byte[0]).hasMessageEndingWith("it is empty");
    assertRefused(Kind.NOT_TORCH, "hello".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("it is no zip archive");
    byte[] tar = new byte[512];
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    assertRefused(Kind.LEGACY, tar).hasMessageContaining("it is a tar archive");
  }

  @Test
  void refusesAnArchiveWithoutItsEnd() {
    byte[] bytes = RawZip.right().bytes();

    assertRefused(Kind.TRUNCATED, Arrays.copyOf(bytes, bytes.length - 1))
        .hasMessageEndingWith("does not end as one; it was cut off or added to");
    assertRefused(Kind.TRUNCATED, Arrays.copyOf(bytes, bytes.length + 1));
    assertRefused(Kind.TRUNCATED, Arrays.copyOf(bytes, 4));
    RawZip comment = RawZip.right();
    comment.comment = new byte[] {'c'};
    assertRefused(Kind.TRUNCATED, comment);
  }

  @Test
  void refusesWrongCountsAndPlacesOfTheDirectory() {
    RawZip more = RawZip.right();
    more.count = 3;
    more.countHere = 3;
    assertRefused(Kind.BAD_ZIP, more).hasMessageContaining("3 entries do not fit");
    RawZip fewer = RawZip.right();
    fewer.count = 1;
    fewer.countHere = 1;
    assertRefused(Kind.BAD_ZIP, fewer).hasMessageContaining("follow the last of 1 entries");
    RawZip contradicting = RawZip.right();
    contradicting.countHere = 1;
    assertRefused(Kind.BAD_ZIP, contradicting).hasMessageEndingWith("its end record is damaged");
    RawZip absurd = RawZip.right();
    absurd.count = 60000;
    absurd.countHere = 60000;
    assertRefused(Kind.BAD_ZIP, absurd).hasMessageContaining("60000 entries do not fit");
    RawZip elsewhere = RawZip.right();
    elsewhere.directoryAt = 1;
    assertRefused(Kind.BAD_ZIP, elsewhere).hasMessageContaining("bytes at 1 and end at");
    RawZip longer = RawZip.right();
    longer.directorySize = 1_000_000_000;
    assertRefused(Kind.BAD_ZIP, longer).hasMessageContaining("should be 1000000000 bytes");
  }

  @Test
  void refusesAbsurdZip64Records() {
    int directory = RawZip.right().bytes().length - 22;
    long huge = Long.MAX_VALUE;
    for (byte[] end :
        List.of(
            RawZip.zip64End(directory, huge, huge, huge),
            RawZip.zip64End(directory, -1, -1, -1),
            RawZip.zip64End(directory, 2, huge, 0),
            RawZip.zip64End(directory, huge, directory, 0),
            RawZip.zip64End(huge, 2, 0, 0),
            RawZip.zip64End(-1, 2, 0, 0),
            RawZip.zip64End(directory, 2, 1, directory - 1))) {
      RawZip zip = RawZip.right();
      zip.beforeEnd = end;
      assertRefused(Kind.BAD_ZIP, zip);
      zip = RawZip.right();
      zip.beforeEnd = end;
      zip.count = 0xffff;
      zip.countHere = 0xffff;
      zip.directoryAt = 0xffffffffL;
      zip.directorySize = 0xffffffffL;
      assertRefused(Kind.BAD_ZIP, zip);
    }
  }

  @Test
  void readsSmallArchivesWithZip64Records() {
    byte[] bytes = RawZip.right().bytes();
    long position = directoryAt(bytes);
    long size = bytes.length - 22 - position;
    RawZip zip = RawZip.right();
    zip.beforeEnd = RawZip.zip64End(position + size, 2, size, position);
    zip.directoryAt = 0xffffffffL;

    Path path = TorchFixtures.write(folder.resolve("x.pt"), zip.bytes());

    assertThat(TorchFile.open(path).dict().entries()).isEmpty();
  }

  private static long directoryAt(byte[] bytes) {
    return Integer.toUnsignedLong(
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 6));
  }

  @Test
  void refusesAbsurdZip64SizesOfEntries() {
    for (long size : new long[] {Long.MAX_VALUE, -1, Long.MIN_VALUE, 1L << 40}) {
      RawZip zip = RawZip.right();
      Entry entry = zip.entry(0);
      entry.size = U32;
      entry.packedSize = U32;
      entry.localSize = U32;
      entry.extra = RawZip.zip64Extra(size, size);
      assertRefused(size < 0 ? Kind.BAD_ZIP : Kind.OVERLAP, zip);
    }
    RawZip short64 = RawZip.right();
    short64.entry(0).size = U32;
    short64.entry(0).extra = RawZip.zip64Extra();
    assertRefused(Kind.BAD_ZIP, short64).hasMessageEndingWith("directory ends inside an entry");
    for (long headerAt : new long[] {Long.MAX_VALUE, -1, 1L << 40}) {
      RawZip zip = RawZip.right();
      zip.entry(1).headerAt = 0xffffffffL;
      zip.entry(1).extra = RawZip.zip64Extra(headerAt);
      assertRefused(Kind.OVERLAP, zip).hasMessageContaining("entry x/version begins at");
    }
  }

  @Test
  void refusesEntriesThatAreNotStored() {
    RawZip compressed = RawZip.right();
    compressed.entry(0).method = 8;
    assertRefused(Kind.NOT_STORED, compressed)
        .hasMessageContaining("entry x/data.pkl is compressed; torch.save stores all entries");
    RawZip encrypted = RawZip.right();
    encrypted.entry(0).flags = 1;
    assertRefused(Kind.NOT_STORED, encrypted).hasMessageEndingWith("x/data.pkl is encrypted");
    RawZip packed = RawZip.right();
    packed.entry(0).size = 1000;
    assertRefused(Kind.BAD_ZIP, packed).hasMessageContaining("has 1000 bytes, in ");
  }

  @Test
  void refusesHeadersThatContradictTheDirectory() {
    RawZip name = RawZip.right();
    name.entry(0).localName = "x/data.pkm".getBytes(StandardCharsets.US_ASCII);
    assertRefused(Kind.BAD_ZIP, name)
        .hasMessageEndingWith("the header of entry x/data.pkl is not that of its directory");
    RawZip flags = RawZip.right();
    flags.entry(0).localFlags = 8;
    assertRefused(Kind.BAD_ZIP, flags);
    RawZip size = RawZip.right();
    size.entry(0).localSize++;
    assertRefused(Kind.BAD_ZIP, size)
        .hasMessageEndingWith("has another size or checksum than its directory");
    RawZip crc = RawZip.right();
    crc.entry(0).localCrc++;
    assertRefused(Kind.BAD_ZIP, crc);
  }

  private static RawZip withDescriptor(long crc, int size) {
    RawZip zip = new RawZip();
    Entry entry = zip.add("x/version", "3\n");
    entry.flags = 8;
    entry.localFlags = 8;
    entry.localSize = 0;
    entry.localCrc = 0;
    ByteBuffer descriptor = RawZip.buffer(16).putInt(0x08074b50);
    zip.afterEntries = descriptor.putInt((int) (entry.crc + crc)).putInt(2).putInt(size).array();
    zip.add("x/data.pkl", RawZip.right().entry(0).content).before = true;
    return zip;
  }

  @Test
  void believesTheDirectoryWhenADescriptorFollows() {
    Path path = TorchFixtures.write(folder.resolve("x.pt"), withDescriptor(0, 2).bytes());

    assertThat(TorchFile.open(path).dict().entries()).isEmpty();
    for (RawZip wrong : List.of(withDescriptor(1, 2), withDescriptor(0, 3))) {
      assertRefused(Kind.BAD_ZIP, wrong)
          .hasMessageEndingWith("no descriptor with its size and checksum follows entry x/version");
    }
  }

  @Test
  void refusesExtraFieldsWhoseLengthsContradict() {
    for (byte[] extra : List.of(new byte[] {1}, new byte[] {'F', 'B', 2, 0, 'Z'})) {
      RawZip zip = RawZip.right();
      zip.entry(0).localExtra = extra;
      assertRefused(Kind.BAD_ZIP, zip)
          .hasMessageEndingWith("the extra field of entry x/data.pkl is damaged");
    }
  }

  @Test
  void refusesEntriesThatShareBytes() {
    RawZip zip = RawZip.right();
    Entry inner = new RawZip().add("x/inner", "abc");
    byte[] header = RawZip.local(inner);
    zip.add("x/outer", header);
    int outerAt = (int) directoryAt(zip.bytes()) - header.length;
    RawZip overlapping = RawZip.right();
    overlapping.add("x/outer", header);
    overlapping.add("x/inner", "abc").headerAt = outerAt;

    assertRefused(Kind.OVERLAP, overlapping)
        .hasMessageContaining("entry x/inner begins at " + outerAt + ", inside entry x/outer");
  }

  @Test
  void refusesEntriesOutsideOfTheData() {
    RawZip zip = RawZip.right();
    zip.entry(1).size = 100_000;
    zip.entry(1).packedSize = 100_000;
    zip.entry(1).localSize = 100_000;
    assertRefused(Kind.OVERLAP, zip).hasMessageContaining("entry x/version has 100000 bytes at");
  }

  @Test
  void refusesNamesThatAreNoPlainPaths() {
    for (String name :
        List.of("x/../y", "x/..", "x/./y", "x//y", "/x/y", "x/", "x/a\\b", "x/a\nb", "../x")) {
      RawZip zip = RawZip.right();
      zip.add(name, "");
      assertRefused(Kind.BAD_NAME, zip);
    }
    RawZip other = RawZip.right();
    other.add("y/name", "");
    assertRefused(Kind.BAD_NAME, other)
        .hasMessageEndingWith("entry y/name lies outside of the first folder x/");
    RawZip bytes = RawZip.right();
    bytes.add("x/a", "").name = new byte[] {'x', '/', (byte) 0xff};
    bytes.entry(2).localName = bytes.entry(2).name;
    assertRefused(Kind.BAD_NAME, bytes).hasMessageEndingWith("name of an entry is not UTF-8");
    RawZip without = new RawZip();
    without.add("data.pkl", "N.");
    assertRefused(Kind.NOT_TORCH, without).hasMessageContaining("without a common first folder");
  }

  @Test
  void refusesANameTwice() {
    RawZip zip = RawZip.right();
    zip.add("x/version", "3\n");
    assertRefused(Kind.DUPLICATE_NAME, zip).hasMessageEndingWith("entry x/version stands twice");
  }

  @Test
  void refusesArchivesWithoutTheRecordsOfPyTorch() {
    RawZip pickle = new RawZip();
    pickle.add("x/version", "3\n");
    assertRefused(Kind.NOT_TORCH, pickle)
        .hasMessageEndingWith("it is a zip archive without data.pkl");
    RawZip version = new RawZip();
    version.add("x/data.pkl", "N.");
    assertRefused(Kind.MISSING_RECORD, version).hasMessageEndingWith("it has no record version");
    RawZip empty = new RawZip();
    empty.afterEntries = RawZip.local(new RawZip().add("x", ""));
    assertRefused(Kind.NOT_TORCH, empty);
    RawZip script = RawZip.right();
    script.add("x/constants.pkl", "N.");
    assertRefused(Kind.TORCH_SCRIPT, script);
  }

  @Test
  void refusesOtherVersionsAndByteOrders() {
    for (String version : List.of("0", "11", "x", "", "-1", "99999999999")) {
      RawZip zip = new RawZip();
      zip.add("x/data.pkl", "N.");
      zip.add("x/version", version);
      assertRefused(Kind.BAD_VERSION, zip).hasMessageContaining("known are 1 to 10");
    }
    RawZip big = RawZip.right();
    big.add("x/byteorder", "big");
    assertRefused(Kind.BYTE_ORDER, big).hasMessageContaining("its byte order is 'big'");
    RawZip odd = RawZip.right();
    odd.add("x/byteorder", "middle");
    assertRefused(Kind.BYTE_ORDER, odd);
    RawZip large = RawZip.right();
    large.add("x/byteorder", "little" + " ".repeat(100));
    assertRefused(Kind.TOO_LARGE, large).hasMessageContaining("x/byteorder has 106 bytes");
  }

  @Test
  void refusesAPickleWhoseChecksumIsWrong() {
    RawZip zip = RawZip.right();
    zip.entry(0).crc = 0x1234;
    zip.entry(0).localCrc = 0x1234;
    assertRefused(Kind.CHECKSUM, zip)
        .hasMessageMatching(
            ".*record x/data.pkl has checksum [0-9a-f]{8}, its directory says 00001234; it was damaged");
  }

  @Test
  void readsAPickleWhoseChecksumWasLeftOut() {
    RawZip zip = RawZip.right();
    zip.entry(0).crc = 0;
    zip.entry(0).localCrc = 0;
    Path path = TorchFixtures.write(folder.resolve("x.pt"), zip.bytes());

    assertThat(TorchFile.open(path).dict().entries()).isEmpty();
  }

  @Test
  void refusesPartsThatLieOutsideOfTheFile() {
    Path path = TorchFixtures.write(folder.resolve("x.pt"), RawZip.right().bytes());

    for (long[] part :
        new long[][] {{0, 1 << 20}, {-1, 10}, {Long.MAX_VALUE, 10}, {0, Long.MAX_VALUE}, {0, -1}}) {
      assertThatThrownBy(() -> TorchFile.open(path, part[0], part[1]))
          .isInstanceOfSatisfying(
              TorchException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TRUNCATED));
    }
  }
}
