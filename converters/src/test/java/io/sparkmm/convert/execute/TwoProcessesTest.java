package io.sparkmm.convert.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.execute.ConversionListener.Step;
import io.sparkmm.convert.plan.ConversionPlan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Locks of files belong to processes: only a second process shows whether one keeps it away. */
final class TwoProcessesTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"release", "plain"})
  void aConversionInAnotherProcessKeepsItsTarget(String kind) throws Exception {
    Path model = SamplePlans.model(folder.resolve("model"));
    Path target = folder.resolve("out");
    ConversionPlan plan = HaltingConversion.plan(model.toString(), target.toString(), kind, "2");
    Process other = halted(model, target, kind);
    try {
      SortedMap<String, String> before = Trees.all(folder);

      assertThatThrownBy(() -> PlanExecutor.execute(plan, ExecutionOptions.defaults()))
          .isInstanceOf(ConvertException.class)
          .hasMessageContaining("another conversion is writing it now");
      assertThat(Trees.all(folder).keySet()).isEqualTo(before.keySet());
    } finally {
      other.destroyForcibly().waitFor();
    }

    PlanExecutor.execute(plan, ExecutionOptions.defaults());
    assertThat(Trees.all(target).keySet()).noneMatch(path -> path.contains(".sparkmm"));
  }

  @Test
  void theLockIsHeldAsLongAsTheWorkFolderIsOpen() throws Exception {
    Path model = SamplePlans.model(folder.resolve("model"));
    Path target = folder.resolve("out");
    WorkFolder.Place place = WorkFolder.Place.of(SamplePlans.release(model, target, 1).output());
    ChildJvm.Outcome refused;
    try (WorkFolder work = WorkFolder.open(place)) {
      assertThat(work.target()).isEqualTo(target.resolve("release"));
      refused =
          ChildJvm.run(
              ChildJvm.command(HaltingConversion.class, arguments(model, target, "release", 0)));
    }

    assertThat(refused.code()).as(refused.lines().toString()).isEqualTo(3);
    assertThat(refused.lines().get(0)).contains("another conversion is writing it now");
  }

  /** A process that has written one file and stays where it is. */
  private static Process halted(Path model, Path target, String kind) throws IOException {
    Process process =
        new ProcessBuilder(
                ChildJvm.command(HaltingConversion.class, arguments(model, target, kind, 1)))
            .redirectErrorStream(true)
            .start();
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(reader.readLine()).startsWith(HaltingConversion.HERE);
    return process;
  }

  private static String[] arguments(Path model, Path target, String kind, int point) {
    return new String[] {
      model.toString(),
      target.toString(),
      kind,
      "2",
      "false",
      Integer.toString(point),
      Step.FILE_WRITTEN.name()
    };
  }
}
