package io.sparkmm.conf.load;

import io.sparkmm.conf.AicMetricsType;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.ProfileType;
import io.sparkmm.conf.StackKind;
import io.sparkmm.conf.ToolsConfig;

/** What of the tools and of the logs is asked for but cannot be followed to the letter. */
final class ToolsChecks {
  private final ConfigProblems problems;
  private final LaunchArguments launch;
  private final String file;

  ToolsChecks(ConfigProblems problems, LaunchArguments launch) {
    this.problems = problems;
    this.launch = launch;
    this.file = launch.sources().mmTool().orElse("");
  }

  void run(ToolsConfig tools) {
    if (launch.logging().logThroughput()) {
      problems.warn(
          LaunchArguments.FILE,
          "--log-throughput",
          "",
          "is given, but TFLOP rates computed from the decoder's sizes are wrong for multimodal"
              + " models: they are not printed; use --log-tps");
    }
    if (tools.profile().enable()) {
      checkProfile(tools.profile());
    }
    if (tools.memoryProfile().enable() && tools.memoryProfile().stacks() == StackKind.PYTHON) {
      problems.warn(
          file,
          "memory_profile.stacks",
          "python",
          "has no effect: there are no Python stacks, and memory is recorded by its owners");
    }
  }

  private void checkProfile(ToolsConfig.Profile profile) {
    if (profile.profileType() == ProfileType.DYNAMIC) {
      if (profile.dynamicParam().configPath().isEmpty()) {
        problems.add(
            file,
            "profile.dynamic_param.config_path",
            "",
            "is required with profile_type dynamic: the folder of profiler_config.json");
      }
      return;
    }
    ToolsConfig.StaticProfile fixed = profile.staticParam();
    String section = "profile.static_param.";
    if (fixed.aicMetricsType() != AicMetricsType.PIPE_UTILIZATION) {
      problems.warn(
          file,
          section + "aic_metrics_type",
          fixed.aicMetricsType().text(),
          "has no effect: hardware counters are not read");
    }
    if (fixed.dataSimplification()) {
      problems.warn(
          file,
          section + "data_simplification",
          "true",
          "has no effect: a trace has no raw data behind it that could be removed");
    }
    if (!fixed.withCpu()) {
      problems.warn(
          file,
          section + "with_cpu",
          "false",
          "leaves iterations and their phases only: modules are timed on the host");
    }
  }
}
