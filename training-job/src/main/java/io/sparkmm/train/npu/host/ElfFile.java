package io.sparkmm.train.npu.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a shared library says about itself (System V ABI, ELF-64, little endian): read without
 * loading it, so that a library that does not fit is told of before it can do any harm.
 *
 * @param machine code of the processor, {@link #X86_64} or {@link #AARCH64} or another one
 * @param needed names of the libraries that it is linked with
 * @param versions versions that it wants of them, such as {@code GLIBC_2.34}
 * @param defined names of the functions and data that it offers
 * @param undefined names of those that it needs from others and cannot do without
 */
public record ElfFile(
    int machine,
    List<String> needed,
    Set<String> versions,
    Set<String> defined,
    Set<String> undefined) {
  /** {@code EM_X86_64}. */
  public static final int X86_64 = 62;

  /** {@code EM_AARCH64}. */
  public static final int AARCH64 = 183;

  private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F', 2, 1};
  private static final int HEADER_BYTES = 64;
  private static final int SECTION_BYTES = 64;
  private static final int SYMBOL_BYTES = 24;
  private static final int SECTION_DYNAMIC = 6;
  private static final int SECTION_SYMBOLS = 11;
  private static final int SECTION_VERSIONS_NEEDED = 0x6ffffffe;
  private static final long TAG_NEEDED = 1;
  private static final int BINDING_WEAK = 2;

  public ElfFile {
    needed = List.copyOf(needed);
    versions = Set.copyOf(versions);
    defined = Set.copyOf(defined);
    undefined = Set.copyOf(undefined);
  }

  /**
   * Reads a library.
   *
   * @throws HostException if the file cannot be read or is not a library of this kind
   */
  public static ElfFile read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      return new Reader(channel).read();
    } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new HostException("Cannot read the library " + file + ": " + reason(e), e);
    }
  }

  /** The newest version of the C library that is wanted, if any is. */
  public Optional<Version> glibc() {
    return versions.stream()
        .filter(name -> name.startsWith("GLIBC_"))
        .map(name -> Version.parse(name.substring("GLIBC_".length())))
        .flatMap(Optional::stream)
        .max(Version::compareTo);
  }

  /** Name of a processor as {@code uname -m} prints it. */
  public static String machineName(int machine) {
    return switch (machine) {
      case X86_64 -> "x86_64";
      case AARCH64 -> "aarch64";
      default -> "machine " + machine;
    };
  }

  private static String reason(Exception e) {
    return e instanceof IOException && e.getMessage() != null
        ? e.getMessage()
        : "it is damaged (" + e + ")";
  }

  /** Walks over the sections of one file. */
  private static final class Reader {
    private final FileChannel channel;
    private final List<String> needed = new ArrayList<>();
    private final Set<String> versions = new TreeSet<>();
    private final Set<String> defined = new TreeSet<>();
    private final Set<String> undefined = new TreeSet<>();

    Reader(FileChannel channel) {
      this.channel = channel;
    }

    private record Section(int type, long offset, long bytes, int link, int entries) {}

    ElfFile read() throws IOException {
      ByteBuffer header = part(0, HEADER_BYTES);
      for (int i = 0; i < MAGIC.length; i++) {
        if (header.get(i) != MAGIC[i]) {
          throw new IOException("it is not a 64-bit library of a little-endian machine");
        }
      }
      int machine = Short.toUnsignedInt(header.getShort(18));
      List<Section> sections =
          sections(header.getLong(40), Short.toUnsignedInt(header.getShort(60)));
      for (Section section : sections) {
        switch (section.type()) {
          case SECTION_DYNAMIC -> readDynamic(section, names(sections, section));
          case SECTION_SYMBOLS -> readSymbols(section, names(sections, section));
          case SECTION_VERSIONS_NEEDED -> readVersions(section, names(sections, section));
          default -> {
            // Code and data.
          }
        }
      }
      return new ElfFile(machine, needed, versions, defined, undefined);
    }

    private List<Section> sections(long offset, int count) throws IOException {
      ByteBuffer table = part(offset, (long) count * SECTION_BYTES);
      List<Section> sections = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int at = i * SECTION_BYTES;
        sections.add(
            new Section(
                table.getInt(at + 4),
                table.getLong(at + 24),
                table.getLong(at + 32),
                table.getInt(at + 40),
                table.getInt(at + 44)));
      }
      return sections;
    }

    private ByteBuffer names(List<Section> sections, Section section) throws IOException {
      Section names = sections.get(section.link());
      return part(names.offset(), names.bytes());
    }

    private void readDynamic(Section section, ByteBuffer names) throws IOException {
      ByteBuffer table = part(section.offset(), section.bytes());
      while (table.remaining() >= 16) {
        long tag = table.getLong();
        long value = table.getLong();
        if (tag == TAG_NEEDED) {
          needed.add(name(names, Math.toIntExact(value)));
        }
      }
    }

    private void readSymbols(Section section, ByteBuffer names) throws IOException {
      ByteBuffer table = part(section.offset(), section.bytes());
      for (int at = SYMBOL_BYTES; at + SYMBOL_BYTES <= table.limit(); at += SYMBOL_BYTES) {
        int binding = (table.get(at + 4) & 0xff) >> 4;
        String name = name(names, table.getInt(at));
        if (table.getShort(at + 6) != 0) {
          defined.add(name);
        } else if (binding != BINDING_WEAK) {
          undefined.add(name);
        }
      }
    }

    private void readVersions(Section section, ByteBuffer names) throws IOException {
      ByteBuffer table = part(section.offset(), section.bytes());
      int file = 0;
      for (int i = 0; i < section.entries(); i++) {
        int aux = file + table.getInt(file + 8);
        int count = Short.toUnsignedInt(table.getShort(file + 2));
        for (int k = 0; k < count; k++) {
          versions.add(name(names, table.getInt(aux + 8)));
          aux += table.getInt(aux + 12);
        }
        file += table.getInt(file + 12);
      }
    }

    private ByteBuffer part(long offset, long bytes) throws IOException {
      if (offset < 0 || bytes < 0 || offset + bytes > channel.size()) {
        throw new IOException("it ends before its tables do");
      }
      return channel
          .map(FileChannel.MapMode.READ_ONLY, offset, bytes)
          .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String name(ByteBuffer names, int at) {
      int end = at;
      while (names.get(end) != 0) {
        end++;
      }
      byte[] bytes = new byte[end - at];
      names.get(at, bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
