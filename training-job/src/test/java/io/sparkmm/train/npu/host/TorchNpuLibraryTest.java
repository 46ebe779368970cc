package io.sparkmm.train.npu.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told about a libtorch_npu.so that does not fit, with small real libraries. */
class TorchNpuLibraryTest {
  private static final String ENTRY_POINTS =
      """
      void _ZN9torch_npu8init_npuEa(signed char index) {}
      void _ZN9torch_npu12finalize_npuEv(void) {}
      void _ZN5torch3npu11synchronizeEl(long index) {}
      """;

  @TempDir private Path folder;

  @BeforeEach
  void needCompiler() {
    SmallLibrary.assumeCompiler();
  }

  @Test
  void takesTheLibraryFromTheFolderOrItsLib() throws Exception {
    Path built = library("lib", ENTRY_POINTS);

    assertThat(TorchNpuLibrary.require(folder, host("2.10.0", "9.0.0")).file()).isEqualTo(built);
    assertThat(TorchNpuLibrary.require(folder.resolve("lib"), host("2.10.0", "9.0.0")).file())
        .isEqualTo(built);
  }

  @Test
  void aMissingLibraryIsToldOf() {
    assertThatThrownBy(() -> TorchNpuLibrary.require(folder, host("2.10.0", "9.0.0")))
        .isInstanceOf(HostException.class)
        .hasMessageStartingWith("Cannot find libtorch_npu.so: neither " + folder)
        .hasMessageContaining("build_libtorch_npu.py")
        .hasMessageContaining("spark.sparkmm.npu.torchNpu");
  }

  @Test
  void theLibraryOfThePythonPackageIsToldOf() throws Exception {
    SmallLibrary.compile(folder.resolve("libtorch_python.so"), "int python(void) { return 1; }");
    SmallLibrary.compile(
        folder.resolve(TorchNpuLibrary.NAME),
        "extern int python(void); int wheel(void) { return python(); }",
        "-L" + folder,
        "-ltorch_python");

    assertThatThrownBy(() -> TorchNpuLibrary.require(folder, host("2.10.0", "9.0.0")))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("it is the library of the Python package, linked with")
        .hasMessageContaining("build it without Python: _GLIBCXX_USE_CXX11_ABI=1");
  }

  @Test
  void aLibraryOfAnotherProcessorIsToldOf() throws Exception {
    Path file = library("", ENTRY_POINTS);
    SmallLibrary.setMachine(
        file, HostLibraries.machine() == ElfFile.X86_64 ? ElfFile.AARCH64 : ElfFile.X86_64);

    assertThatThrownBy(() -> TorchNpuLibrary.require(folder, host("2.10.0", "9.0.0")))
        .isInstanceOf(HostException.class)
        .hasMessageMatching("(?s).*it is made for (aarch64|x86_64) and this process runs on .*");
  }

  @Test
  void anOldGlibcIsToldOf() throws Exception {
    library("", "#include <stdlib.h>\n" + ENTRY_POINTS + "int used(void) { return rand(); }");
    TorchNpuLibrary.Host old =
        new TorchNpuLibrary.Host(
            HostLibraries.machine(), Version.of("2.1"), Version.of("2.10.0"), cann("9.0.0"));

    assertThatThrownBy(() -> TorchNpuLibrary.require(folder, old))
        .isInstanceOf(HostException.class)
        .hasMessageMatching(
            "Cannot load .*libtorch_npu.so: it needs glibc 2\\.[0-9.]+ and this host has 2.1;.*")
        .hasMessageContaining("use a newer operating system or container image");
  }

  @Test
  void missingEntryPointsAreAllListed() throws Exception {
    library("", "void _ZN9torch_npu8init_npuEa(signed char index) {}");

    assertThatThrownBy(() -> TorchNpuLibrary.require(folder, host("2.10.0", "9.0.0")))
        .isInstanceOf(HostException.class)
        .hasMessageContaining(
            "functions are missing: _ZN5torch3npu11synchronizeEl, _ZN9torch_npu12finalize_npuEv;");
  }

  @Test
  void anotherVersionOfTorchIsToldOfByTheFileBesideTheLibrary() throws Exception {
    library("lib", ENTRY_POINTS);
    Files.writeString(folder.resolve("version.txt"), "2.7.1.post2\n");

    assertThatThrownBy(() -> TorchNpuLibrary.require(folder, host("2.10.0", "9.0.0")))
        .isInstanceOf(HostException.class)
        .hasMessage(
            "Cannot use torch_npu 2.7.1.post2 with torch 2.10.0: their first three numbers must be"
                + " equal; releases of torch_npu for torch 2.10.0: 2.10.0.post2 (CANN 9.0.0),"
                + " 2.10.0.post4 (CANN 9.1.0)");
  }

  @Test
  void anOlderCannThanTheLibraryIsMadeForIsToldOf() throws Exception {
    library("lib", ENTRY_POINTS);
    Files.writeString(folder.resolve("version.py"), "__version__ = '2.10.0.post4+git12ab'\n");

    assertThatThrownBy(() -> TorchNpuLibrary.require(folder, host("2.10.0", "9.0.0")))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("Cannot use torch_npu 2.10.0.post4 with CANN 9.0.0 in")
        .hasMessageContaining("it is made for CANN 9.1.0; install that CANN");
    assertThat(TorchNpuLibrary.require(folder, host("2.10.0", "9.1.0")).version())
        .map(Version::text)
        .contains("2.10.0.post4+git12ab");
  }

  @Test
  void functionsThatTorchDoesNotHaveTellOfAnotherVersion() throws Exception {
    library(
        "",
        ENTRY_POINTS
            + """
            extern void _ZN3c104renamedEv(void);
            extern void _ZN2at3newEv(void);
            extern void _ZNK5torch3oldEv(void);
            extern void of_somebody_else(void);
            void use(void) {
              _ZN3c104renamedEv(); _ZN2at3newEv(); _ZNK5torch3oldEv(); of_somebody_else();
            }
            """);
    TorchNpuLibrary found = TorchNpuLibrary.require(folder, host("2.10.0", "9.0.0"));

    assertThatThrownBy(() -> found.requireFrom(Set.of("_ZNK5torch3oldEv"), Version.of("2.10.0")))
        .isInstanceOf(HostException.class)
        .hasMessageContaining(
            "it was built for another version or C++ ABI of torch, because 2 functions are missing:"
                + " _ZN2at3newEv, _ZN3c104renamedEv; releases of torch_npu for this torch:"
                + " 2.10.0.post2 (CANN 9.0.0)");
    found.requireFrom(
        Set.of("_ZNK5torch3oldEv", "_ZN2at3newEv", "_ZN3c104renamedEv"), Version.of("2.10.0"));
  }

  private Path library(String below, String source) throws Exception {
    return SmallLibrary.compile(folder.resolve(below).resolve(TorchNpuLibrary.NAME), source);
  }

  private static TorchNpuLibrary.Host host(String torch, String cann) {
    return new TorchNpuLibrary.Host(
        HostLibraries.machine(), HostLibraries.glibc(), Version.of(torch), cann(cann));
  }

  private static CannInstallation cann(String version) {
    return new CannInstallation(Path.of("/opt/cann"), Optional.of(Version.of(version)));
  }
}
