package io.sparkmm.train.comm.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.comm.GlooCollectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedMemoryMeetingTest {
  private static final Path FOLDER = Path.of("/dev/shm");

  @TempDir private Path folder;

  /** How bytes travel when rank 1 has other settings than rank 0, after an operation. */
  private static List<String> transports(SharedMemorySettings zero, SharedMemorySettings one) {
    return Ranks.run(
        2,
        group -> {
          try (GlooCollectives twin = Twins.of(group, group.rank() == 0 ? zero : one);
              TensorScope scope = TensorScope.open()) {
            Tensor tensor = Tensors.of(ScalarType.Float, group.rank() + 1.0);
            twin.allReduce(tensor, Reduction.SUM).await();
            assertThat(Tensors.values(tensor)).containsExactly(3);
            return twin.transport();
          }
        });
  }

  @Test
  void ranksOnOneHostShareMemory() {
    assertThat(transports(SharedMemorySettings.AUTO, SharedMemorySettings.AUTO))
        .allSatisfy(transport -> assertThat(transport).startsWith("shared memory (16"));
  }

  @Test
  void oneRankThatMustNotIsEnoughForSockets() {
    SharedMemorySettings sockets =
        SharedMemorySettings.of(java.util.Map.of(SharedMemorySettings.VARIABLE, "sockets"));

    assertThat(transports(SharedMemorySettings.AUTO, sockets))
        .containsOnly("sockets (rank 1: SPARKMM_GLOO_TRANSPORT is sockets)");
  }

  @Test
  void fullFileSystemLeadsToSockets() throws IOException {
    long total = Files.getFileStore(FOLDER).getTotalSpace();
    assumeThat(total).isGreaterThan(0);
    SharedMemorySettings much = new SharedMemorySettings("", FOLDER, total, 2 * total);

    assertThat(transports(much, much))
        .allSatisfy(
            transport ->
                assertThat(transport)
                    .matches(
                        "sockets \\(rank 0: Cannot reserve \\d+ bytes in /dev/shm: no space is left"
                            + "\\)"));
  }

  @Test
  void absentFolderLeadsToSockets() {
    SharedMemorySettings absent =
        new SharedMemorySettings("", folder.resolve("absent"), 1L << 20, 1L << 22);

    assertThat(transports(absent, SharedMemorySettings.AUTO))
        .allSatisfy(
            transport ->
                assertThat(transport)
                    .startsWith("sockets (rank 0: Cannot make a file in ")
                    .endsWith("/absent: error 2)"));
  }

  @Test
  void leavesNothingBehind() throws IOException {
    List<String> names = names(FOLDER);
    List<String> maps = deletedMaps();

    Ranks.run(
        2,
        group -> {
          try (TensorScope scope = TensorScope.open()) {
            Tensor tensor = Tensors.of(ScalarType.Float, 1.0);
            group.allReduce(tensor, Reduction.SUM).await();
            assertThat(deletedMaps()).hasSizeGreaterThan(maps.size());
          }
          return null;
        });

    assertThat(names(FOLDER)).isEqualTo(names);
    assertThat(deletedMaps()).hasSameSizeAs(maps);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(Path::toString).filter(name -> !name.contains("torch_")).sorted().toList();
    }
  }

  private static List<String> deletedMaps() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .filter(line -> line.contains("/dev/shm/") && line.endsWith("(deleted)"))
          .toList();
    }
  }
}
