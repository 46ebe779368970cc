package io.sparkmm.train.npu.standin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table, the headers of the stand-in and the exported functions say the same. */
class StandInAbiTest {
  private static final AbiTable TABLE = AbiTable.read();
  private static final Set<String> PRINTED = Set.of("const", "enum", "struct", "field");

  @TempDir private Path folder;

  @Test
  void headersPrintTheTable() throws IOException, InterruptedException {
    assertThat(printed(TABLE.entries(), StandInBuild.sources().resolve("include")))
        .containsExactlyElementsOf(lines(TABLE.entries()));
  }

  @Test
  void aWrongEntryIsFound() throws IOException, InterruptedException {
    List<AbiTable.Entry> wrong =
        List.of(
            new AbiTable.Entry("enum", List.of("HcclDataType", "HCCL_DATA_TYPE_BFP16", "12")),
            new AbiTable.Entry("field", List.of("HcclSendRecvItem", "count", "8", "8")));
    assertThat(printed(wrong, StandInBuild.sources().resolve("include")))
        .containsExactly(
            "enum | HcclDataType | HCCL_DATA_TYPE_BFP16 | 11",
            "field | HcclSendRecvItem | count | 16 | 8");
    AbiTable.Entry function =
        new AbiTable.Entry(
            "function", List.of("acl", "required", "aclError", "aclrtFree", "void*, size_t"));
    assertThat(compile(List.of(function), StandInBuild.sources().resolve("include"), "c"))
        .contains("static assertion failed: \"aclrtFree\"");
  }

  @Test
  void theVendorsHeadersPrintTheTable() throws IOException, InterruptedException {
    String home = System.getenv("ASCEND_HOME_PATH");
    Path include = Path.of(home == null ? "" : home, "include");
    Assumptions.assumeTrue(
        home != null && Files.exists(include.resolve("hccl/hccl.h")),
        "skipped: no CANN toolkit with headers (ASCEND_HOME_PATH)");
    List<AbiTable.Entry> common =
        TABLE.entries().stream().filter(StandInAbiTest::isSameInAllReleases).toList();
    assertThat(printed(common, include, "c++")).containsExactlyElementsOf(lines(common));
  }

  /** The vendor hides the head of HcclCommConfig in bytes, and its tail grows with the release. */
  private static boolean isSameInAllReleases(AbiTable.Entry entry) {
    return switch (entry.kind()) {
      case "const" ->
          entry.field(0).startsWith("ACL_") || entry.field(0).equals("HCCL_ROOT_INFO_BYTES");
      case "struct" -> !entry.field(0).equals("HcclCommConfig");
      case "field" ->
          !entry.field(0).equals("HcclCommConfig")
              || (entry.field(1).startsWith("hccl") && Integer.parseInt(entry.field(2)) < 312);
      case "enum" -> !Set.of("HCCL_E_OOM", "HCCL_E_IN_STATUS").contains(entry.field(1));
      case "function" -> entry.field(1).equals("required");
      default -> true;
    };
  }

  @ParameterizedTest
  @CsvSource({
    "JOINED, libascendcl.so, acl",
    "JOINED, libhccl.so, hcomm hccl",
    "SPLIT, libacl_rt.so, acl",
    "SPLIT, libascendcl.so, ''",
    "SPLIT, libhcomm.so, hcomm",
    "SPLIT, libhccl.so, hccl"
  })
  void librariesExportTheFunctionsOfTheTable(
      StandInBuild.Layout layout, String library, String groups)
      throws IOException, InterruptedException {
    Path file = StandInBuild.libraries(layout).resolve(library);
    assertThat(exported(file))
        .containsExactlyInAnyOrderElementsOf(TABLE.functions(groups.split(" ")));
    assertThat(run("readelf", "-d", file.toString())).contains("soname: [" + library + "]");
  }

  /** What crosses the border between the stand-in's own libraries is named so and not counted. */
  private static List<String> exported(Path library) throws IOException, InterruptedException {
    return run("nm", "-D", "--defined-only", library.toString())
        .lines()
        .filter(line -> line.contains(" T "))
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .filter(name -> !name.startsWith("standin_"))
        .toList();
  }

  private static List<String> lines(List<AbiTable.Entry> entries) {
    return entries.stream()
        .filter(entry -> PRINTED.contains(entry.kind()))
        .map(AbiTable.Entry::line)
        .toList();
  }

  private List<String> printed(List<AbiTable.Entry> entries, Path include)
      throws IOException, InterruptedException {
    return printed(entries, include, "c");
  }

  /** The vendor's newer headers are C++ in places. */
  private List<String> printed(List<AbiTable.Entry> entries, Path include, String language)
      throws IOException, InterruptedException {
    assertThat(compile(entries, include, language)).isEmpty();
    return run(folder.resolve("abi").toString()).lines().toList();
  }

  private String compile(List<AbiTable.Entry> entries, Path include, String language)
      throws IOException, InterruptedException {
    StandInBuild.home(StandInBuild.Layout.JOINED); // skips where no compiler is
    Path source = folder.resolve("abi.c");
    Files.writeString(source, AbiProgram.of(entries));
    return run(
        "gcc",
        "-x",
        language,
        "-Wall",
        "-Wno-unused-variable",
        "-I" + include,
        "-o",
        folder.resolve("abi").toString(),
        source.toString());
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return output;
  }
}
