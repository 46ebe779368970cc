package io.sparkmm.train.launch;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.DType;
import io.sparkmm.conf.EnvironmentSettings;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.conf.pattern.ModulePattern;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a training run is told.
 *
 * @param configuration configuration files and launch arguments
 * @param prepared path or URI of the prepared data set
 * @param program class of the {@link io.sparkmm.train.loop.TrainingProgram}
 * @param masterPort port for the workers' rendezvous; a free one is picked when absent
 * @param weightType type in which weights are stored and updated
 * @param survival restarts, and faults to be survived
 */
public record TrainSettings(
    TrainingConfiguration configuration,
    String prepared,
    String program,
    OptionalInt masterPort,
    DType weightType,
    Survival survival) {
  private static final Logger LOG = LoggerFactory.getLogger(TrainSettings.class);
  private static final String PREPARED = "--prepared";
  private static final String PROGRAM = "--program";
  private static final Set<String> OWN_OPTIONS =
      Set.of(PREPARED, PROGRAM, Survival.MAX_RESTARTS, Survival.FAULT_PLAN);
  private static final List<String> MASTER_PORT = List.of("--master_port", "--master-port");

  public TrainSettings {
    Objects.requireNonNull(configuration, "configuration");
    Objects.requireNonNull(prepared, "prepared");
    Objects.requireNonNull(program, "program");
    Objects.requireNonNull(masterPort, "masterPort");
    Objects.requireNonNull(weightType, "weightType");
    Objects.requireNonNull(survival, "survival");
  }

  /**
   * Fine-tuning on a prepared data set, or preference training if its script is among the
   * arguments, on a free port; weights in float32, or in bf16 if the launch arguments say so.
   */
  public static TrainSettings of(TrainingConfiguration configuration, String prepared) {
    return new TrainSettings(
        configuration,
        prepared,
        (DpoPlanner.isAskedFor(configuration) ? VlmDpoProgram.class : VlmSftProgram.class)
            .getName(),
        OptionalInt.empty(),
        configuration.launch().precision().bf16() ? DType.BF16 : DType.FP32,
        Survival.DEFAULT);
  }

  /** The same settings with weights of another type. */
  public TrainSettings withWeightType(DType type) {
    return new TrainSettings(configuration, prepared, program, masterPort, type, survival);
  }

  /** Environment variables that the executors need for what the settings ask. */
  Map<String, String> executorEnvironment() {
    Map<String, String> variables = new TreeMap<>();
    var run = configuration.launch().run();
    if (run.deterministic()) {
      variables.put("HCCL_DETERMINISTIC", "True");
      variables.put("CLOSE_MATMUL_K_SHIFT", "1");
      variables.put("PYTHONHASHSEED", Integer.toString(run.seed()));
    }
    Map<String, String> own = configuration.environment().values();
    if (own.containsKey(EnvironmentSettings.GLOO_TRANSPORT)) {
      variables.put(
          EnvironmentSettings.GLOO_TRANSPORT, own.get(EnvironmentSettings.GLOO_TRANSPORT));
    }
    return variables;
  }

  /** How the model is spread over the workers. */
  ShardingPlan sharding() {
    Fsdp2Config fsdp2 = configuration.fsdp2();
    return new ShardingPlan(
        fsdp2.subModulesToWrap().stream().map(ModulePattern::text).toList(),
        new ShardingPlan.Types(
            fsdp2.paramDtype().stream().toList(),
            fsdp2.reduceDtype().stream().toList(),
            fsdp2.outputDtype().stream().toList(),
            fsdp2.castForwardInputs()),
        fsdp2.reshardAfterForward().enabled(),
        fsdp2.reshardAfterForward().groupSize().orElse(0),
        fsdp2.shardingSize().size().orElse(0),
        fsdp2.ignoredModules().stream().map(ModulePattern::text).toList(),
        new ShardingPlan.Tuning(
            fsdp2.numToForwardPrefetch(),
            fsdp2.numToBackwardPrefetch(),
            fsdp2.offloadToCpu(),
            fsdp2.pinMemory()));
  }

  /** Name of the FSDP2 configuration, for messages. */
  String fsdp2File() {
    return configuration.launch().sources().fsdp2ConfigPath().orElse("FSDP2 defaults");
  }

  /** The same settings with other restarts and faults. */
  public TrainSettings withSurvival(Survival other) {
    return new TrainSettings(configuration, prepared, program, masterPort, weightType, other);
  }

  /**
   * Reads a command line: {@code --prepared FOLDER}, {@code --program CLASS}, {@code --max-restarts
   * N}, {@code --fault-plan TEXT} and the launch arguments.
   *
   * @throws ConfigException with all problems of the command line and of the files that it names
   */
  public static TrainSettings parse(List<String> arguments, Map<String, String> environment) {
    return parse(arguments, environment, (settings, found) -> found);
  }

  /**
   * Reads a command line and checks all that it names, the model and the data set too.
   *
   * @throws ConfigException with everything that is wrong
   */
  static TrainSettings checked(List<String> arguments, Map<String, String> environment) {
    TrainSettings settings = parse(arguments, environment, TrainSettings::withWhatPlanningFinds);
    TrainJob.check(settings);
    return settings;
  }

  /** The problems of settings that contradict each other and what else is wrong with them. */
  private static ConfigException withWhatPlanningFinds(
      TrainSettings settings, ConfigException found) {
    List<ConfigProblem> problems = new ArrayList<>(found.problems());
    try {
      TrainJob.check(settings);
    } catch (ConfigException more) {
      for (ConfigProblem problem : more.problems()) {
        if (problems.stream().noneMatch(known -> isAbout(known, problem))) {
          problems.add(problem);
        }
      }
    } catch (RuntimeException e) {
      // A consequence of the contradictions that have been found.
      LOG.debug("Planning ended with {}", e.toString());
    }
    return new ConfigException(problems);
  }

  private static boolean isAbout(ConfigProblem known, ConfigProblem problem) {
    return known.file().equals(problem.file()) && known.key().equals(problem.key());
  }

  private static TrainSettings parse(
      List<String> arguments,
      Map<String, String> environment,
      BiFunction<TrainSettings, ConfigException, ConfigException> explained) {
    List<String> rest = new ArrayList<>();
    Map<String, String> own = new HashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
      if (!OWN_OPTIONS.contains(name)) {
        rest.add(word);
        continue;
      }
      String value;
      if (word.length() > name.length()) {
        value = word.substring(name.length() + 1);
      } else if (i + 1 < arguments.size()) {
        value = arguments.get(++i);
      } else {
        value = "";
      }
      own.put(name, value);
    }
    if (own.getOrDefault(PREPARED, "").isEmpty()) {
      throw missing(rest, environment);
    }
    boolean fixedPort = rest.stream().anyMatch(word -> MASTER_PORT.contains(word.split("=", 2)[0]));
    TrainingConfiguration configuration;
    try {
      configuration = ConfigLoader.load(rest, environment);
    } catch (ConfigException e) {
      if (e.configuration().isEmpty()) {
        throw e;
      }
      throw explained.apply(of(e.configuration().get(), own, fixedPort, Survival.DEFAULT), e);
    }
    return of(configuration, own, fixedPort, survival(own, environment));
  }

  private static TrainSettings of(
      TrainingConfiguration configuration,
      Map<String, String> own,
      boolean fixedPort,
      Survival survival) {
    TrainSettings settings = of(configuration, own.get(PREPARED));
    return new TrainSettings(
        configuration,
        settings.prepared(),
        own.getOrDefault(PROGRAM, settings.program()),
        fixedPort
            ? OptionalInt.of(configuration.launch().launcher().masterPort())
            : OptionalInt.empty(),
        settings.weightType(),
        survival);
  }

  private static Survival survival(Map<String, String> own, Map<String, String> environment) {
    try {
      return Survival.read(own, environment);
    } catch (IllegalArgumentException e) {
      String key =
          own.containsKey(Survival.FAULT_PLAN) ? Survival.FAULT_PLAN : Survival.FAULT_PLAN_VARIABLE;
      throw new ConfigException(
          List.of(
              new ConfigProblem(
                  LaunchArguments.FILE,
                  e.getMessage().contains(Survival.MAX_RESTARTS) ? Survival.MAX_RESTARTS : key,
                  "",
                  e.getMessage())));
    }
  }

  private static ConfigException missing(List<String> rest, Map<String, String> environment) {
    List<ConfigProblem> problems = new ArrayList<>();
    problems.add(
        new ConfigProblem(
            LaunchArguments.FILE,
            PREPARED,
            "",
            "is required: the folder that `sparkmm prepare` made of the data"));
    try {
      ConfigLoader.load(rest, environment);
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
    return new ConfigException(problems);
  }
}
