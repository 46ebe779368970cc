package io.sparkmm.train.npu.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElfFileTest {
  @TempDir private Path folder;

  @BeforeEach
  void needCompiler() {
    SmallLibrary.assumeCompiler();
  }

  @Test
  void tellsWhatALibraryOffersAndNeeds() throws Exception {
    SmallLibrary.compile(folder.resolve("libother.so"), "int other(int x) { return x + 1; }");
    Path file =
        SmallLibrary.compile(
            folder.resolve("libsmall.so"),
            """
            #include <stdlib.h>
            extern int other(int);
            extern int maybe(int) __attribute__((weak));
            int offered_data = 3;
            static int hidden(int x) { return x * 2; }
            int offered(int x) { return hidden(other(x)) + (maybe ? maybe(x) : 0) + abs(rand()); }
            """,
            "-L" + folder,
            "-lother");

    ElfFile elf = ElfFile.read(file);

    assertThat(elf.machine()).isEqualTo(HostLibraries.machine());
    assertThat(elf.needed()).contains("libother.so", "libc.so.6");
    assertThat(elf.defined()).contains("offered", "offered_data").doesNotContain("hidden", "other");
    assertThat(elf.undefined()).contains("other", "rand").doesNotContain("maybe", "offered");
    assertThat(elf.versions()).anyMatch(name -> name.startsWith("GLIBC_2."));
    assertThat(elf.glibc().orElseThrow()).isLessThanOrEqualTo(HostLibraries.glibc());
  }

  @Test
  void theNewestVersionCounts() {
    ElfFile elf =
        new ElfFile(
            ElfFile.X86_64,
            List.of(),
            Set.of("GLIBC_2.4", "GLIBC_2.35", "GLIBC_2.17", "GLIBCXX_3.4.30"),
            Set.of(),
            Set.of());

    assertThat(elf.glibc()).contains(Version.of("2.35"));
  }

  @Test
  void refusesWhatIsNoLibrary() throws Exception {
    Path text = Files.writeString(folder.resolve("text.so"), "#!/bin/sh\n".repeat(20));
    Path missing = folder.resolve("missing.so");

    assertThatThrownBy(() -> ElfFile.read(text))
        .isInstanceOf(HostException.class)
        .hasMessage(
            "Cannot read the library "
                + text
                + ": it is not a 64-bit library of a little-endian machine");
    assertThatThrownBy(() -> ElfFile.read(missing))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("Cannot read the library " + missing);
  }

  @Test
  void aCutLibraryIsToldOf() throws Exception {
    Path file = SmallLibrary.compile(folder.resolve("libcut.so"), "int x(void) { return 1; }");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));

    assertThatThrownBy(() -> ElfFile.read(file))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("it ends before its tables do");
  }

  @Property(seed = "1", tries = 200)
  void anyDamageIsToldOfAndNothingElse(@ForAll @Size(max = 400) byte[] damage) throws Exception {
    byte[] bytes = new byte[512];
    System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F', 2, 1}, 0, bytes, 0, 6);
    System.arraycopy(damage, 0, bytes, 16, damage.length);
    Path file = Files.createTempFile("damaged", ".so");
    try {
      Files.write(file, bytes);
      ElfFile.read(file);
    } catch (HostException expected) {
      assertThat(expected).hasMessageStartingWith("Cannot read the library");
    } finally {
      Files.delete(file);
    }
  }
}
