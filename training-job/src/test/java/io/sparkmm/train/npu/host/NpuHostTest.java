package io.sparkmm.train.npu.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is found on a host, and the one message about what is missing. */
class NpuHostTest {
  @TempDir private Path root;
  private Path home;

  @BeforeEach
  void needCompiler() {
    SmallLibrary.assumeCompiler();
    home = root.resolve("usr/local/Ascend/cann");
  }

  @Test
  void tellsVersionsDevicesAndVariables() throws Exception {
    install("8.5.0");
    Files.createDirectories(root.resolve("dev"));
    Files.createFile(root.resolve("dev/davinci1"));
    Files.createFile(root.resolve("dev/davinci0"));
    Path driver = Files.createDirectories(root.resolve("usr/local/Ascend/driver"));
    Files.writeString(driver.resolve("version.info"), "Version=25.2.0\nascendhal_version=7\n");

    NpuHost host =
        look(
            Map.of(
                "ASCEND_HOME_PATH",
                home.toString(),
                "LD_LIBRARY_PATH",
                "/lib:" + home.resolve("lib64"),
                "HCCL_BUFFSIZE",
                "300",
                "HCCL_IF_IP",
                "10.0.0.1"));

    assertThat(host.problem()).isEmpty();
    assertThat(host.traits())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("HCCL_BUFFSIZE", "300", "the version of CANN", "8.5.0"));
    assertThat(host.line())
        .contains("CANN 8.5.0 in " + home)
        .contains("driver 25.2.0, device files [0, 1], {HCCL_BUFFSIZE=300}")
        .doesNotContain("set_env.sh");
  }

  @Test
  void aMissingSetEnvIsToldOf() {
    assertThat(look(Map.of()).problem())
        .hasValueSatisfying(
            problem ->
                assertThat(problem)
                    .startsWith(
                        "Cannot find CANN: ASCEND_HOME_PATH is not set, so set_env.sh was not"
                            + " sourced; source its set_env.sh (/usr/local/Ascend/cann/set_env.sh")
                    .contains("before the executor's JVM starts"));
  }

  @Test
  void aMissingCannIsToldOf() throws Exception {
    Files.createDirectories(home.resolve("lib64"));

    assertThat(look(Map.of("ASCEND_HOME_PATH", home.toString())).problem())
        .hasValueSatisfying(
            problem ->
                assertThat(problem)
                    .startsWith(
                        "Cannot find CANN: "
                            + home.resolve("lib64")
                            + " has no libascendcl.so or libacl_rt.so and no libhccl.so; install"));
  }

  @Test
  void anOldCannIsToldOf() throws Exception {
    install("7.0.RC1");

    assertThat(look(Map.of("ASCEND_HOME_PATH", home.toString())).problem())
        .contains(
            "Cannot use CANN 7.0.RC1 in "
                + home
                + ": it is older than 8.1; install a newer one that your driver supports");
  }

  @Test
  void aCannOfAnotherProcessorIsToldOf() throws Exception {
    install("8.5.0");
    SmallLibrary.setMachine(
        home.resolve("lib64/libhccl.so"),
        HostLibraries.machine() == ElfFile.X86_64 ? ElfFile.AARCH64 : ElfFile.X86_64);

    assertThat(look(Map.of("ASCEND_HOME_PATH", home.toString())).problem().orElseThrow())
        .contains("libhccl.so: it is made for")
        .endsWith("; install the CANN of this architecture");
  }

  @Test
  void aCannForANewerGlibcIsToldOf() throws Exception {
    install("8.5.0");
    String newest = ElfFile.read(home.resolve("lib64/libhccl.so")).glibc().orElseThrow().text();
    // A version of the same length that no host has.
    String impossible = "9".repeat(newest.indexOf('.')) + newest.substring(newest.indexOf('.'));
    SmallLibrary.replace(
        home.resolve("lib64/libhccl.so"), "GLIBC_" + newest, "GLIBC_" + impossible);

    assertThat(look(Map.of("ASCEND_HOME_PATH", home.toString())).problem().orElseThrow())
        .contains("libhccl.so: it needs glibc " + impossible + " and this host has ")
        .contains("use a newer operating system or container image");
  }

  @Test
  void librariesOutsideOfTheLoadersPathAreRemarkedOn() throws Exception {
    install("8.5.0");

    assertThat(look(Map.of("ASCEND_HOME_PATH", home.toString())).line())
        .endsWith("; its lib64 is not in LD_LIBRARY_PATH, so set_env.sh may not have been sourced");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/lib/libhccl.so: /lib/libc.so.6: version `GLIBC_2.35' not found (required by"
            + " /opt/libtorch_cpu.so) | Cannot load libtorch: /opt/libtorch_cpu.so needs glibc 2.35,"
            + " which is newer than this host's; use a newer operating system or container image",
        "libascend_hal.so: cannot open shared object file: No such file or directory | Cannot load"
            + " libtorch: it needs libascend_hal.so, which is not in LD_LIBRARY_PATH; source the"
            + " set_env.sh of CANN and add the driver's lib64 before the JVM starts",
        "/opt/x.so: undefined symbol: _ZN2at3newEv | Cannot load libtorch: no loaded library has"
            + " _ZN2at3newEv; the versions of libtorch, torch_npu and CANN do not fit: see"
            + " docs/npu.md",
        "something else | Cannot load libtorch: something else",
      })
  void theLoadersErrorsAreExplained(String error, String explained) {
    assertThat(HostLibraries.explain("libtorch", error)).isEqualTo(explained);
  }

  private NpuHost look(Map<String, String> environment) {
    return NpuHost.look(environment, root);
  }

  private void install(String version) throws Exception {
    String source = "#include <stdlib.h>\nint used(void) { return rand(); }";
    SmallLibrary.compile(home.resolve("lib64/libascendcl.so"), source);
    SmallLibrary.compile(home.resolve("lib64/libhccl.so"), source);
    String architecture = HostLibraries.machine() == ElfFile.X86_64 ? "x86_64" : "aarch64";
    Path info = Files.createDirectories(home.resolve(architecture + "-linux"));
    Files.writeString(
        info.resolve("ascend_toolkit_install.info"),
        "package_name=Ascend-cann-toolkit\nversion=" + version + "\narch=" + architecture + "\n");
  }
}
