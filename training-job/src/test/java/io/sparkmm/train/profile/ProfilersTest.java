package io.sparkmm.train.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.loop.IterationStats;
import io.sparkmm.train.loop.ToyRun;
import io.sparkmm.train.loop.TrainListener;
import io.sparkmm.train.profile.TraceSettings.Depth;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilersTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private final List<Path> written = new ArrayList<>();

  @Test
  void windowLeavesOutTheFirstStepsAndEndsWithTheLast() throws IOException {
    run(6, StepProfiler.ofWindow(3, settings(Depth.PHASES), 2, 4, written::add));

    assertThat(written).containsExactly(folder.resolve("trace_rank3_iterations3-4.json"));
    JsonNode trace = JSON.readTree(written.get(0).toFile());
    assertThat(names(trace, "step"))
        .containsExactly(Map.entry("iteration 3", 1), Map.entry("iteration 4", 1));
    // Two micro-batches per iteration.
    assertThat(names(trace, "phase"))
        .containsExactly(
            Map.entry("backward", 4), Map.entry("forward", 4), Map.entry("optimizer", 2));
    assertThat(names(trace, "module")).isEmpty();
    for (JsonNode event : trace.get("traceEvents")) {
      assertThat(event.get("pid").intValue()).isEqualTo(3);
      if (event.get("ph").textValue().equals("X")) {
        assertThat(event.get("ts").doubleValue()).isNotNegative();
        assertThat(event.get("dur").doubleValue()).isNotNegative();
      }
    }
  }

  @Test
  void windowThatTheRunEndsInIsWrittenAsFarAsItGot() {
    run(3, StepProfiler.ofWindow(0, settings(Depth.PHASES), 1, 9, written::add));

    assertThat(written).containsExactly(folder.resolve("trace_rank0_iterations2-3.json"));
  }

  @Test
  void runThatIsShorterThanTheSkippedStepsWritesNothing() {
    run(3, StepProfiler.ofWindow(0, settings(Depth.PHASES), 3, 4, written::add));

    assertThat(written).isEmpty();
  }

  @Test
  void modulesAreTimedWithShapesStacksAndSums() throws IOException {
    TraceSettings all = new TraceSettings(folder.toString(), Depth.MODULES, true, true, true, true);
    run(2, StepProfiler.ofWindow(0, all, 0, 1, written::add));

    JsonNode trace = JSON.readTree(written.get(0).toFile());
    assertThat(names(trace, "module"))
        .containsExactly(Map.entry("embed", 2), Map.entry("head", 2), Map.entry("model", 2));
    JsonNode head = find(trace, "head").get("args");
    assertThat(head.get("class").textValue()).isEqualTo("Vectors");
    assertThat(head.get("inputs").toString()).isEqualTo("[\"[10, 3]\"]");
    assertThat(head.get("output").textValue()).isEqualTo("[10, 11]");
    assertThat(head.get("stack").toString()).contains("ForwardPass");
    JsonNode memory = find(trace, "memory").get("args");
    assertThat(memory.get("resident").longValue()).isPositive();
    assertThat(memory.get("weights").longValue()).isEqualTo(66 * 8);
    Path sums = folder.resolve("sums_rank0_iterations1-1.tsv");
    assertThat(Files.readString(sums))
        .startsWith("kind\tname\tcount\ttotal_ms\tmean_ms\tmax_ms\n")
        .containsPattern("\nmodule\thead\t2\t")
        .containsPattern("step\titeration 1\t1\t");
  }

  @Test
  void orderFileIsMadeAndOrdersNothing() throws IOException {
    Path orders = folder.resolve("orders");
    run(3, StepProfiler.onOrder(0, orders, written::add));

    assertThat(written).isEmpty();
    JsonNode content = JSON.readTree(orders.resolve("profiler_config.json").toFile());
    assertThat(content.get("start_step").intValue()).isZero();
    assertThat(content.get("active").intValue()).isEqualTo(1);
  }

  @Test
  void editOfTheOrderFileCountsFromTheNextStep() {
    Path file = folder.resolve("profiler_config.json");
    StepProfiler profiler = StepProfiler.onOrder(0, folder, written::add);
    run(
        8,
        profiler,
        after(2, () -> edit(file, order -> order.put("start_step", -1).put("active", 2))),
        after(5, () -> edit(file, order -> order.put("start_step", 7).put("active", 1))));

    assertThat(written)
        .containsExactly(
            folder.resolve("trace_rank0_iterations3-4.json"),
            folder.resolve("trace_rank0_iterations7-7.json"));
  }

  @Test
  void orderForOtherRanksIsNotFollowed() {
    Path file = folder.resolve("profiler_config.json");
    StepProfiler profiler = StepProfiler.onOrder(1, folder, written::add);
    run(
        4,
        profiler,
        after(
            1,
            () ->
                edit(
                    file,
                    order -> {
                      order.put("start_step", -1).put("is_rank", true);
                      order.putArray("rank_list").add(0).add(2);
                    })));

    assertThat(written).isEmpty();
  }

  @Test
  void halfWrittenOrderFileIsReadAgain() {
    Path file = folder.resolve("profiler_config.json");
    StepProfiler profiler = StepProfiler.onOrder(0, folder, written::add);
    run(
        5,
        profiler,
        after(1, () -> write(file, "{\"start_step\": -1,")),
        after(3, () -> write(file, "{\"start_step\": -1, \"prof_dir\": \"" + folder + "\"}")));

    assertThat(written).containsExactly(folder.resolve("trace_rank0_iterations4-4.json"));
  }

  @Test
  void memoryIsRecordedFromTheBuildingOfTheModelOn() throws IOException {
    MemoryProfiler profiler =
        new MemoryProfiler(1, new MemorySettings(0, 2, folder.toString(), 100), written::add);
    run(4, profiler);

    assertThat(written).hasSize(1);
    assertThat(written.get(0).getFileName().toString())
        .matches("snapshot_\\d{4}-\\d\\d-\\d\\d-\\d\\d-\\d\\d_1\\.json");
    JsonNode record = JSON.readTree(written.get(0).toFile());
    List<String> points = new ArrayList<>();
    record
        .get("history")
        .forEach(entry -> points.add(entry.get("step") + " " + entry.get("point").textValue()));
    assertThat(points)
        .containsExactly(
            "0 begin",
            "1 begin",
            "1 forward",
            "1 backward",
            "1 forward",
            "1 backward",
            "1 optimizer");
    JsonNode last = record.get("history").get(6);
    assertThat(last.get("weights").longValue()).isEqualTo(66 * 8);
    assertThat(last.get("optimizer").longValue()).isEqualTo(2 * 66 * 8);
    JsonNode head = record.get("parameters").get(1);
    assertThat(head.get("name").textValue()).isEqualTo("head.weight");
    assertThat(head.get("shape").textValue()).isEqualTo("[11, 3]");
    assertThat(head.get("optimizer").longValue()).isEqualTo(2 * 33 * 8);
  }

  @Test
  void longHistoryLosesItsOldestEntries() throws IOException {
    run(4, new MemoryProfiler(0, new MemorySettings(1, 9, folder.toString(), 3), written::add));

    JsonNode history = JSON.readTree(written.get(0).toFile()).get("history");
    assertThat(history).hasSize(3);
    assertThat(history.get(2).get("point").textValue()).isEqualTo("optimizer");
    assertThat(history.get(2).get("step").intValue()).isEqualTo(4);
  }

  @Test
  void memoryWindowMustNotBeEmpty() {
    assertThatThrownBy(() -> new MemorySettings(2, 2, "x", 1))
        .hasMessage("Cannot record memory from step 2 to 2 in 1 entries");
  }

  @Test
  void peaksArePrintedPerStepTheBuildingOfTheModelIncluded() {
    List<String> lines = new ArrayList<>();
    run(2, new PeakPrinter(5, lines::add));

    assertThat(lines).hasSize(3);
    for (int step = 0; step < 3; step++) {
      assertThat(lines.get(step))
          .startsWith("step: " + step + " global_rank: 5 pp_rank: 0 tp_rank: 0 dp_rank: 5")
          .containsPattern("max_memory_reserved: [1-9]\\d+ max_memory_allocated: \\d+$");
    }
    assertThat(lines.get(0)).endsWith(" max_memory_allocated: 0");
    // Weights, gradients and two moments.
    assertThat(lines.get(1)).endsWith(" max_memory_allocated: " + 4 * 66 * 8);
  }

  private TraceSettings settings(Depth depth) {
    return new TraceSettings(folder.toString(), depth, false, false, false, false);
  }

  private static void run(int iterations, TrainListener... listeners) {
    ToyRun.train(
        new LocalCollectives(),
        iterations,
        TrainListener.all(List.of(listeners)),
        (model, group) ->
            FullyShard.apply(model, List.of("embed", "head"), group, FsdpSettings.DEFAULTS));
  }

  private static TrainListener after(long iteration, Runnable action) {
    return new TrainListener() {
      @Override
      public void onIteration(IterationStats stats) {
        if (stats.iteration() == iteration) {
          action.run();
        }
      }
    };
  }

  private static void edit(Path file, Consumer<ObjectNode> change) {
    try {
      ObjectNode content = (ObjectNode) JSON.readTree(file.toFile());
      change.accept(content);
      write(file, content.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Integer> names(JsonNode trace, String kind) {
    Map<String, Integer> names = new TreeMap<>();
    for (JsonNode event : trace.get("traceEvents")) {
      if (event.path("cat").asText().equals(kind)) {
        names.merge(event.get("name").textValue(), 1, Integer::sum);
      }
    }
    return names;
  }

  private static JsonNode find(JsonNode trace, String name) {
    for (JsonNode event : trace.get("traceEvents")) {
      if (event.get("name").textValue().equals(name)) {
        return event;
      }
    }
    throw new AssertionError("no event " + name);
  }
}
