package io.sparkmm.convert.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes that the operating system refuses: a limit on files, and small file systems in memory. */
final class FullDiskTest {

  private static final int REFUSED = 3;

  @TempDir private Path folder;
  private Path model;
  private Path target;

  @BeforeEach
  void makeModel() throws IOException {
    model = SamplePlans.model(folder.resolve("model"));
    target = Files.createDirectory(folder.resolve("disk")).resolve("out");
  }

  @Test
  void aWriteThatFailsIsToldAndLeavesNothing() throws Exception {
    ChildJvm.Outcome outcome = shell("ulimit -f 300 && exec \"$@\"");

    assertThat(outcome.lines())
        .containsExactly(
            "Cannot write "
                + target.resolve(".release.sparkmm/files/rank_00/part.safetensors")
                + ": File too large");
    assertThat(outcome.code()).isEqualTo(REFUSED);
    assertThat(target).doesNotExist();
  }

  @Test
  void aDiskThatIsTooSmallIsToldBeforehand() throws Exception {
    ChildJvm.Outcome outcome = onSmallDisk("size=600k");

    assertThat(outcome.lines().get(0))
        .startsWith("Cannot write " + target.resolve("release") + ": 0.001 GB are to be written, ");
    assertThat(outcome.lines().subList(1, outcome.lines().size())).containsExactly("left:");
  }

  @Test
  void aDiskThatGetsFullKeepsCompleteFilesForTheNextRun() throws Exception {
    ChildJvm.Outcome outcome = onSmallDisk("size=50m,nr_inodes=8");

    assertThat(outcome.lines().get(0))
        .startsWith("Cannot write " + target.resolve(".release.sparkmm"))
        .endsWith(": No space left on device");
    assertThat(outcome.lines())
        .contains("./out/.release.sparkmm/files/rank_00/part.safetensors")
        .noneMatch(line -> line.contains("latest_checkpointed_iteration"))
        .noneMatch(line -> line.startsWith("./out/release"));
  }

  /** With a file system of its own in a mount namespace of its own, which needs no root. */
  private ChildJvm.Outcome onSmallDisk(String options) throws Exception {
    Path disk = target.getParent();
    List<String> unshare = List.of("unshare", "--mount", "--map-root-user", "sh", "-c");
    String mount = "mount -t tmpfs -o " + options + " tmpfs " + disk;
    boolean possible;
    try {
      possible = ChildJvm.run(with(unshare, List.of(mount))).code() == 0;
    } catch (IOException e) {
      possible = false;
    }
    assumeTrue(possible, "this system does not let processes mount a file system of their own");
    String script = mount + "; \"$@\"; cd " + disk + "; echo left:; find . -type f | sort";
    return ChildJvm.run(with(with(unshare, List.of(script, "sh")), conversion()));
  }

  private ChildJvm.Outcome shell(String script) throws Exception {
    return ChildJvm.run(with(List.of("bash", "-c", script, "bash"), conversion()));
  }

  private List<String> conversion() {
    return ChildJvm.command(
        HaltingConversion.class,
        model.toString(),
        target.toString(),
        "release",
        "2",
        "false",
        "0",
        ConversionListener.Step.FILE_WRITTEN.name());
  }

  private static List<String> with(List<String> first, List<String> second) {
    return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
  }
}
