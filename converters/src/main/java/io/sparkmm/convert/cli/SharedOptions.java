package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Option;
import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.execute.ExecutionOptions;
import java.util.List;

/** Options that upstream's converters do not have. */
final class SharedOptions {

  static final String OVERWRITE = "overwrite";
  static final String THREADS = "threads";
  static final String ITERATION = "iteration";

  private static final Option OVERWRITE_OPTION =
      Option.of(OVERWRITE, Option.SWITCH, false, "Replace a result that is already there");
  private static final Option THREADS_OPTION =
      Option.optional(
          THREADS, Option.POSITIVE, "Number of threads that copy; one per core unless given");
  private static final Option ITERATION_OPTION =
      Option.optional(
          ITERATION,
          Option.WORD,
          "Iteration to read, a number or release, instead of the one that the tracker file names");

  /** Of commands that write. */
  static final List<Option> WRITING = List.of(OVERWRITE_OPTION, THREADS_OPTION);

  /** Of commands that read a folder with a tracker file, too. */
  static final List<Option> TRACKED = List.of(ITERATION_OPTION, OVERWRITE_OPTION, THREADS_OPTION);

  private SharedOptions() {}

  /** Adds what is wrong with these options. */
  static void check(Settings settings, Findings findings) {
    if (settings.sound(THREADS) && settings.integer(THREADS, 1) > ExecutionOptions.MOST_THREADS) {
      findings.problem(
          THREADS
              + ": must be at most "
              + ExecutionOptions.MOST_THREADS
              + ", got "
              + settings.integer(THREADS));
    }
  }

  /** How a plan is to be executed. */
  static ExecutionOptions execution(Settings settings) {
    ExecutionOptions options = ExecutionOptions.defaults().withOverwrite(settings.flag(OVERWRITE));
    int workers = settings.has(DcpOptions.WORKERS) ? settings.integer(DcpOptions.WORKERS) : 0;
    int threads = settings.integer(THREADS, Math.min(workers, ExecutionOptions.MOST_THREADS));
    return threads > 0 ? options.withThreads(threads) : options;
  }
}
