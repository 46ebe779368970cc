package io.sparkmm.train.npu.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The script that tells Spark which NPUs there are, with programs that print known tables. */
class DiscoverNpusTest {
  private static final Path SCRIPT = Path.of("..", "bin", "discover-npus").toAbsolutePath();

  /** As printed for cards with one chip each. */
  private static final String WITHOUT_PHYSICAL_IDS =
      """
      \tNPU ID                         Chip ID                        Chip Logic ID                  Chip Name                     \s
      \t0                              0                              0                              Ascend 910B3
      \t0                              1                              -                              Mcu
      \t1                              0                              1                              Ascend 910B3
      \t1                              1                              -                              Mcu
      """;

  /** As printed for cards with two chips each, of which a container got the second card. */
  private static final String WITH_PHYSICAL_IDS =
      """
              NPU ID                         Chip ID                        Chip Logic ID                  Chip Phy-ID                    Chip Name
              1                              0                              0                              2                              Ascend910
              1                              1                              1                              3                              Ascend910
              1                              2                              -                              -                              Mcu
      """;

  @TempDir private Path folder;
  private Path devices;

  private record Outcome(int exitCode, String out, String err) {
    List<String> addresses() throws IOException {
      assertThat(exitCode).as(err).isZero();
      List<String> addresses = new ArrayList<>();
      for (JsonNode address : new ObjectMapper().readTree(out).get("addresses")) {
        assertThat(address.isTextual()).isTrue();
        addresses.add(address.textValue());
      }
      return addresses;
    }
  }

  @BeforeEach
  void makeDevices() throws IOException {
    devices = Files.createDirectory(folder.resolve("dev"));
    Files.createFile(devices.resolve("davinci_manager"));
  }

  @Test
  void printsOneObjectAndNothingElse() throws Exception {
    Outcome outcome = run(Map.of(), "--npu-smi", smi(WITHOUT_PHYSICAL_IDS));

    assertThat(outcome.out).isEqualTo("{\"name\": \"npu\", \"addresses\": [\"0\", \"1\"]}\n");
    assertThat(outcome.err).isEmpty();
  }

  @Test
  void readsBothLayoutsOfTheTable() throws Exception {
    assertThat(run(Map.of(), "--npu-smi", smi(WITHOUT_PHYSICAL_IDS)).addresses())
        .containsExactly("0", "1");
    assertThat(run(Map.of(), "--npu-smi", smi(WITH_PHYSICAL_IDS)).addresses())
        .containsExactly("0", "1");
  }

  @Test
  void readsTablesWithSingleBlanks() throws Exception {
    String table =
        """
        NPU ID Chip ID Chip Logic ID Chip Phy-ID Chip Name
        0 0 0 0 Ascend 910
        0 1 1 1 Ascend 910
        0 2 - - Mcu
        """;

    assertThat(run(Map.of(), "--npu-smi", smi(table)).addresses()).containsExactly("0", "1");
  }

  @Test
  void findsColumnsByTheirTitles() throws Exception {
    String table =
        """
        Chip Name      Chip Logic ID  NPU ID  Firmware
        Ascend 910B3   10             5       1.2
        Ascend 910B3   9              4       1.2
        Mcu            -              4       1.2
        """;

    assertThat(run(Map.of(), "--npu-smi", smi(table)).addresses()).containsExactly("9", "10");
  }

  @Test
  void listsDeviceFilesWhereThereIsNoSuchProgram() throws Exception {
    for (int number : new int[] {4, 10, 6}) {
      Files.createFile(devices.resolve("davinci" + number));
    }

    // A container numbers what it was given from 0.
    assertThat(run(Map.of(), "--npu-smi", "no-such-program").addresses())
        .containsExactly("0", "1", "2");
  }

  @Test
  void takesTheNameOfTheResourceFromArgumentOrVariable() throws Exception {
    String smi = smi(WITHOUT_PHYSICAL_IDS);

    assertThat(run(Map.of(), "--npu-smi", smi, "--name", "Ascend910").out)
        .startsWith("{\"name\": \"Ascend910\"");
    assertThat(run(Map.of("SPARKMM_NPU_RESOURCE", "Ascend310P", "SPARKMM_NPU_SMI", smi)).out)
        .startsWith("{\"name\": \"Ascend310P\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | 1 | ",
        "0,1 | 0 1 | ",
        "1,0 | 1 | ends at '0'",
        "0, 1 | 0 | ends at ' 1'",
        "0,x,1 | 0 | ends at 'x'",
        "0,7 | 0 | ends at '7'",
      })
  void showsWhatTheRuntimeWouldSee(String visible, String addresses, String remark)
      throws Exception {
    Outcome outcome =
        run(Map.of("ASCEND_RT_VISIBLE_DEVICES", visible), "--npu-smi", smi(WITHOUT_PHYSICAL_IDS));

    assertThat(outcome.addresses()).containsExactly(addresses.split(" ", -1));
    if (remark == null) {
      assertThat(outcome.err).isEmpty();
    } else {
      assertThat(outcome.err).contains(remark);
    }
  }

  @Test
  void failsWhereNothingIsVisible() throws Exception {
    for (String visible : List.of("", "7", "all")) {
      Outcome outcome =
          run(Map.of("ASCEND_RT_VISIBLE_DEVICES", visible), "--npu-smi", smi(WITHOUT_PHYSICAL_IDS));

      assertThat(outcome.exitCode).isEqualTo(1);
      assertThat(outcome.out).isEmpty();
      assertThat(outcome.err)
          .contains(
              "Cannot use any NPU: ASCEND_RT_VISIBLE_DEVICES = '"
                  + visible
                  + "' shows none of the logic ids 0, 1");
    }
  }

  @Test
  void failsWithoutDriver() throws Exception {
    Outcome broken =
        run(
            Map.of(),
            "--npu-smi",
            smi("dcmi model initialized failed, because the device is used"));
    Outcome crashed = run(Map.of(), "--npu-smi", program("echo 'no such card' >&2; exit 9"));
    Outcome strange = run(Map.of(), "--npu-smi", smi("usage: npu-smi info"));
    Outcome none = run(Map.of(), "--npu-smi", "no-such-program");

    assertThat(broken.exitCode).isEqualTo(1);
    assertThat(broken.err).contains("there is no usable driver; install it, or mount");
    assertThat(crashed.exitCode).isEqualTo(1);
    assertThat(crashed.err).contains("info -m failed: no such card");
    assertThat(strange.exitCode).isEqualTo(1);
    assertThat(strange.err).contains("printed no column 'Chip Logic ID'");
    assertThat(none.exitCode).isEqualTo(1);
    assertThat(none.err).contains("neither no-such-program nor a device file davinciN in");
    assertThat(List.of(broken.out, crashed.out, strange.out, none.out)).containsOnly("");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--names npu | Cannot use --names: there is no such option",
        "--name | Cannot use --name: it needs a value",
        "--name n\"pu | it must be letters, digits",
        "--lease two | Cannot use --lease 'two': it must be a whole number",
        "--source smi | it must be auto, npu-smi or files",
      })
  void refusesWrongUsage(String arguments, String message) throws Exception {
    Outcome outcome = run(Map.of(), arguments.split(" ", -1));

    assertThat(outcome.exitCode).isEqualTo(2);
    assertThat(outcome.err).contains(message);
  }

  @Test
  void helpNamesEveryOption() throws Exception {
    Outcome outcome = run(Map.of(), "--help");

    assertThat(outcome.exitCode).isZero();
    assertThat(outcome.out)
        .contains(
            "--name", "--source", "--npu-smi", "--devices", "--lease", "--lease-folder", "--owner")
        .doesNotContain("set -eu");
  }

  @Test
  void leasedChipsGoToOneProcessEach() throws Exception {
    Process first = sleeper();
    Process second = sleeper();
    try {
      Outcome one = lease(first.pid());
      Outcome same = lease(first.pid());
      Outcome other = lease(second.pid());
      Outcome none = lease(ProcessHandle.current().pid());

      assertThat(one.addresses()).containsExactly("0");
      assertThat(same.addresses()).containsExactly("0");
      assertThat(other.addresses()).containsExactly("1");
      assertThat(none.exitCode).isEqualTo(1);
      // By physical ids, under which all processes of the host know the chips.
      assertThat(none.err)
          .contains("Cannot lease 1 NPUs: 0 are free")
          .contains("2 (process " + first.pid() + ") 3 (process " + second.pid() + ")");
    } finally {
      first.destroyForcibly().waitFor();
      second.destroyForcibly().waitFor();
    }
  }

  @Test
  void leasesEndWithTheirProcesses() throws Exception {
    Process first = sleeper();
    assertThat(lease(first.pid()).addresses()).containsExactly("0");
    first.destroyForcibly().waitFor();

    Process second = sleeper();
    try {
      assertThat(lease(second.pid()).addresses()).containsExactly("0");
    } finally {
      second.destroyForcibly().waitFor();
    }
  }

  @Test
  void theProcessThatCallsTheScriptHoldsTheLease() throws Exception {
    List<String> command =
        List.of(
            SCRIPT.toString(),
            "--npu-smi",
            smi(WITH_PHYSICAL_IDS),
            "--lease",
            "1",
            "--lease-folder",
            folder.resolve("leases").toString());
    Process script = new ProcessBuilder(command).start();
    script.waitFor(1, TimeUnit.MINUTES);

    assertThat(script.exitValue()).isZero();
    assertThat(Files.readString(folder.resolve("leases/npu-2")))
        .startsWith(ProcessHandle.current().pid() + " ");
  }

  private Outcome lease(long owner) throws Exception {
    return run(
        Map.of(
            "SPARKMM_NPU_LEASE",
            "1",
            "SPARKMM_NPU_LEASE_FOLDER",
            folder.resolve("leases").toString()),
        "--npu-smi",
        smi(WITH_PHYSICAL_IDS),
        "--owner",
        Long.toString(owner));
  }

  private static Process sleeper() throws IOException {
    return new ProcessBuilder("sleep", "600").start();
  }

  private String smi(String table) throws IOException {
    Path text = Files.createTempFile(folder, "table", ".txt");
    Files.writeString(text, table);
    return program("[ \"$*\" = 'info -m' ] || exit 3\ncat '" + text + "'");
  }

  private String program(String body) throws IOException {
    Path file = Files.createTempFile(folder, "npu-smi", ".sh");
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file.toString();
  }

  private Outcome run(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    if (!List.of(arguments).contains("--help")) {
      command.addAll(List.of("--devices", devices.toString()));
    }
    command.addAll(List.of(arguments));
    Path err = Files.createTempFile(folder, "err", ".txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SPARKMM_NPU_"));
    builder.environment().remove("ASCEND_RT_VISIBLE_DEVICES");
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Outcome(process.exitValue(), out, Files.readString(err));
  }
}
