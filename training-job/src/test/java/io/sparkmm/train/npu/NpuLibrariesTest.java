package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpuLibrariesTest {
  @Test
  void missingLibraryNamesThePlacesAndTheRemedy(@TempDir Path folder) {
    assertThatThrownBy(() -> NpuLibraries.open(List.of(folder)))
        .isInstanceOf(NpuLibraryException.class)
        .hasMessageStartingWith("Cannot load libascendcl.so or libacl_rt.so: not in " + folder)
        .hasMessageContaining("; libacl_rt.so: cannot open shared object file")
        .hasMessageContaining("source the set_env.sh of CANN before the process starts")
        .hasMessageContaining("ASCEND_HOME_PATH and LD_LIBRARY_PATH");
  }

  @Test
  void fileThatIsNoLibraryGivesTheLoadersWords(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("libascendcl.so"), "no library");

    assertThatThrownBy(() -> NpuLibraries.open(List.of(folder)))
        .isInstanceOf(NpuLibraryException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("file too short");
  }

  @Test
  void folderComesFromTheEnvironmentOfTheInstallation() {
    assertThat(NpuLibraries.foldersOf(Map.of("ASCEND_HOME_PATH", "/opt/cann")))
        .containsExactly(Path.of("/opt/cann/lib64"));
    assertThat(NpuLibraries.foldersOf(Map.of())).isEmpty();
  }
}
