package io.sparkmm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.cli.Finding.Level;
import io.sparkmm.train.comm.CollectivesProvider.Availability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProbesTest {

  @TempDir private Path folder;

  private static Finding named(List<Finding> findings, String name) {
    return findings.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void waitPolicyMustBePassive() {
    assertThat(named(new VariablesProbe(Map.of()).look(), "OMP_WAIT_POLICY"))
        .satisfies(
            f -> assertThat(f.level()).isEqualTo(Level.WARNING),
            f -> assertThat(f.value()).isEqualTo("not set"),
            f -> assertThat(f.remedy()).contains("spark.executorEnv.OMP_WAIT_POLICY"));
    assertThat(
            named(new VariablesProbe(Map.of("OMP_WAIT_POLICY", "ACTIVE")).look(), "OMP_WAIT_POLICY")
                .level())
        .isEqualTo(Level.WARNING);
    assertThat(
            named(
                    new VariablesProbe(Map.of("OMP_WAIT_POLICY", "passive")).look(),
                    "OMP_WAIT_POLICY")
                .level())
        .isEqualTo(Level.OK);
  }

  @ParameterizedTest
  @CsvSource({"4.2.0,OK", "4.0.4,OK", "3.5.9,OK", "3.4.1,MISSING", "5.0.0,MISSING"})
  void knowsWhichSparkWillDo(String version, Level expected) {
    assertThat(SparkProbe.sparkVersion(version).level()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"2.13.18,OK", "2.12.20,MISSING", "3.3.0,MISSING"})
  void knowsWhichScalaWillDo(String version, Level expected) {
    assertThat(SparkProbe.scalaVersion(version).level()).isEqualTo(expected);
  }

  @Test
  void findsSparkOnTheClassPath() {
    List<Finding> findings = new SparkProbe(Map.of("SPARK_HOME", "/x")).look();

    assertThat(findings).allSatisfy(f -> assertThat(f.level()).isEqualTo(Level.OK));
    assertThat(named(findings, "version").value()).isEqualTo(Versions.spark().orElseThrow());
    assertThat(named(findings, "home").value()).isEqualTo("/x");
  }

  @Test
  void oldJavaIsMissing() {
    assertThat(new JavaProbe(Map.of()).version(11).level()).isEqualTo(Level.MISSING);
    assertThat(new JavaProbe(Map.of()).version(17).level()).isEqualTo(Level.OK);
  }

  @Test
  void findsMavenOnThePath() throws IOException {
    Path maven = Files.writeString(folder.resolve("mvn"), "");
    assertThat(maven.toFile().setExecutable(true)).isTrue();

    assertThat(named(new JavaProbe(Map.of("PATH", ":" + folder)).look(), "maven").value())
        .isEqualTo(maven.toString());
    assertThat(named(new JavaProbe(Map.of("PATH", "")).look(), "maven").level())
        .isEqualTo(Level.WARNING);
  }

  @Test
  void findsNpusAndTheirLibraries() throws IOException {
    Files.writeString(folder.resolve("davinci1"), "");
    Files.writeString(folder.resolve("davinci0"), "");
    Files.writeString(folder.resolve("davinci_manager"), "");
    Path library =
        Files.writeString(Files.createDirectory(folder.resolve("lib64")).resolve("libhccl.so"), "");
    Map<String, String> environment = Map.of("ASCEND_TOOLKIT_HOME", folder.toString());

    List<Finding> findings = new DeviceProbe(environment, folder).look();

    assertThat(named(findings, "npu device files").value()).isEqualTo("davinci0, davinci1");
    assertThat(named(findings, "HCCL").value()).isEqualTo(library.toString());
    assertThat(named(findings, "CANN runtime").value())
        .isEqualTo("not found (only needed for NPUs)");
  }

  @Test
  void findsLibrariesOnTheLibraryPath() throws IOException {
    Path library = Files.writeString(folder.resolve("libascendcl.so"), "");
    Map<String, String> environment = Map.of("LD_LIBRARY_PATH", "/absent::" + folder);

    assertThat(
            named(new DeviceProbe(environment, folder.resolve("no")).look(), "CANN runtime")
                .value())
        .isEqualTo(library.toString());
  }

  @Test
  void lowMemoryIsAWarning() {
    assertThat(DeviceProbe.memory(2L << 30).level()).isEqualTo(Level.WARNING);
    assertThat(DeviceProbe.memory(8L << 30).level()).isEqualTo(Level.OK);
  }

  @Test
  void foldersThatCannotBeMadeAreMissing() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Map<String, Path> folders =
        Map.of("good", folder.resolve("new/cache"), "bad", file.resolve("cache"));

    List<Finding> findings = new StorageProbe(folders, folder, 1 << 20).look();

    assertThat(named(findings, "good").level()).isEqualTo(Level.OK);
    assertThat(named(findings, "bad").level()).isEqualTo(Level.MISSING);
    assertThat(named(findings, "bad").value()).startsWith(file.resolve("cache") + " (");
    assertThat(named(findings, "write speed").value()).contains("MB/s (1.0 MiB with fsync");
    assertThat(folder.resolve("new/cache")).isEmptyDirectory();
  }

  @Test
  void missingGlooMattersAndOtherCollectivesDoNot() {
    Availability absent = new Availability(false, "no library");

    assertThat(TorchProbe.collectives("gloo", absent).level()).isEqualTo(Level.MISSING);
    assertThat(TorchProbe.collectives("hccl", absent).level()).isEqualTo(Level.OK);
    assertThat(TorchProbe.collectives("hccl", absent).value()).isEqualTo("not here: no library");
  }

  @Test
  void readsFieldsOfLibtorchsBuild() {
    String config = "Build settings: BLAS_INFO=open, TORCH_VERSION=2.10.0, USE_MKL=OFF\n";

    assertThat(TorchProbe.field(config, "TORCH_VERSION")).isEqualTo("2.10.0");
    assertThat(TorchProbe.field(config, "BLAS_INFO")).isEqualTo("open");
    assertThat(TorchProbe.field(config, "MKL")).isEqualTo("unknown");
  }

  @ParameterizedTest
  @CsvSource({"0,0 B", "1023,1023 B", "1536,1.5 KiB", "2147483648,2.0 GiB"})
  void printsSizes(long bytes, String expected) {
    assertThat(Sizes.text(bytes)).isEqualTo(expected);
  }

  @Test
  void describesFailuresInOneLine() {
    assertThat(Probe.describe(new UnsatisfiedLinkError("no x\nmore")))
        .isEqualTo("UnsatisfiedLinkError: no x");
    assertThat(Probe.describe(new IllegalStateException())).isEqualTo("IllegalStateException");
  }
}
