package io.sparkmm.conf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code tools.json}: profiling. A missing section is off, a missing key has its default, an
 * unknown key is a warning.
 *
 * @param profile time and memory per step
 * @param memoryProfile history of the allocator
 * @param sorafeature feature extraction of diffusion models
 */
public record ToolsConfig(Profile profile, MemoryProfile memoryProfile, SoraFeature sorafeature) {

  /**
   * {@code profile}.
   *
   * @param enable main switch
   * @param profileType fixed window of steps, or steered by a file
   * @param ranks workers that record
   * @param staticParam settings of the fixed window
   * @param dynamicParam settings of the steered profile
   */
  public record Profile(
      boolean enable,
      ProfileType profileType,
      List<Integer> ranks,
      StaticProfile staticParam,
      DynamicProfile dynamicParam) {

    /** Copies the list. */
    public Profile {
      ranks = List.copyOf(ranks);
    }

    /** Whether this worker records; the list {@code [-1]} means all. */
    public boolean includes(int rank) {
      return ranks.equals(List.of(-1)) || ranks.contains(rank);
    }

    private static Profile read(ConfigSection section) {
      return new Profile(
          section.flag("enable", false),
          section.choice("profile_type", ProfileType.class, ProfileType.STATIC),
          section.integers("ranks", List.of(0, 1, 2, 3), Limit.atLeast(-1)),
          StaticProfile.read(section.section("static_param")),
          DynamicProfile.read(section.section("dynamic_param")));
    }
  }

  /**
   * {@code profile.static_param}.
   *
   * @param level depth
   * @param withStack call stacks
   * @param withMemory memory
   * @param recordShapes shapes of operands
   * @param withCpu host activity
   * @param savePath output folder
   * @param startStep first step that is recorded, from 0
   * @param endStep first step that is not recorded any more
   * @param dataSimplification whether raw data is deleted after analysis
   * @param aicMetricsType hardware counters
   * @param analyseFlag whether the data is analysed during the run
   */
  public record StaticProfile(
      ProfileLevel level,
      boolean withStack,
      boolean withMemory,
      boolean recordShapes,
      boolean withCpu,
      String savePath,
      int startStep,
      int endStep,
      boolean dataSimplification,
      AicMetricsType aicMetricsType,
      boolean analyseFlag) {

    private static StaticProfile read(ConfigSection section) {
      StaticProfile read =
          new StaticProfile(
              section.choice("level", ProfileLevel.class, ProfileLevel.LEVEL1),
              section.flag("with_stack", false),
              section.flag("with_memory", false),
              section.flag("record_shapes", false),
              section.flag("with_cpu", true),
              section.text("save_path", "./npu_profiling"),
              section.integer("start_step", 10, Limit.NOT_NEGATIVE),
              section.integer("end_step", 11, Limit.NOT_NEGATIVE),
              section.flag("data_simplification", false),
              section.choice(
                  "aic_metrics_type", AicMetricsType.class, AicMetricsType.PIPE_UTILIZATION),
              section.flag("analyse_flag", true));
      checkWindow(section, read.startStep, read.endStep);
      return read;
    }
  }

  /**
   * {@code profile.dynamic_param}.
   *
   * @param configPath folder with {@code profiler_config.json}
   */
  public record DynamicProfile(Optional<String> configPath) {
    private static DynamicProfile read(ConfigSection section) {
      return new DynamicProfile(section.optionalText("config_path"));
    }
  }

  /**
   * {@code memory_profile}.
   *
   * @param enable main switch
   * @param startStep step at whose beginning recording starts; 0 is the building of the model
   * @param endStep step at whose beginning the record is written
   * @param savePath output folder
   * @param dumpRanks workers that write; empty for all
   * @param stacks which call stacks
   * @param maxEntries longest history; empty for no limit
   * @param memInfo whether peaks are printed per step; independent of the main switch
   */
  public record MemoryProfile(
      boolean enable,
      int startStep,
      int endStep,
      String savePath,
      Optional<List<Integer>> dumpRanks,
      StackKind stacks,
      OptionalInt maxEntries,
      boolean memInfo) {

    private static MemoryProfile read(ConfigSection section) {
      Optional<List<Integer>> ranks =
          section.isPresent("dump_ranks")
              ? section.optionalIntegers("dump_ranks", Limit.NOT_NEGATIVE)
              : Optional.of(section.integers("dump_ranks", List.of(0), Limit.NOT_NEGATIVE));
      MemoryProfile read =
          new MemoryProfile(
              section.flag("enable", false),
              section.integer("start_step", 0, Limit.NOT_NEGATIVE),
              section.integer("end_step", 2, Limit.NOT_NEGATIVE),
              section.text("save_path", "./memory_snapshot"),
              ranks,
              section.choice("stacks", StackKind.class, StackKind.ALL),
              section.optionalInteger("max_entries", Limit.atLeast(1)),
              section.flag("mem_info", false));
      checkWindow(section, read.startStep, read.endStep);
      return read;
    }
  }

  /**
   * {@code sorafeature}.
   *
   * @param savePath output folder
   * @param extractVideoFeature not supported
   * @param extractTextFeature not supported
   */
  public record SoraFeature(
      String savePath, boolean extractVideoFeature, boolean extractTextFeature) {

    private static SoraFeature read(ConfigSection section) {
      section.refuse("extract_video_feature", "is not supported; must be false");
      section.refuse("extract_text_feature", "is not supported; must be false");
      return new SoraFeature(
          section.text("save_path", "./sora_features"),
          section.flag("extract_video_feature", false),
          section.flag("extract_text_feature", false));
    }
  }

  /** What holds when no file is given: everything off. */
  public static ToolsConfig defaults() {
    JsonNode empty = JsonNodeFactory.instance.objectNode();
    return read(ConfigSection.root("", ConfigSection.Dialect.JSON, empty, new ConfigProblems()));
  }

  /** Reads the whole file; problems go to the section's collector. */
  public static ToolsConfig read(ConfigSection root) {
    ToolsConfig read =
        new ToolsConfig(
            Profile.read(root.section("profile")),
            MemoryProfile.read(root.section("memory_profile")),
            SoraFeature.read(root.section("sorafeature")));
    root.finishLeniently();
    return read;
  }

  private static void checkWindow(ConfigSection section, int start, int end) {
    if (start >= end) {
      section.report("start_step", "must be less than end_step (" + end + ")");
    }
  }
}
