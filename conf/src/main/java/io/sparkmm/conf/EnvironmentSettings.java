package io.sparkmm.conf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The environment variables that matter to training. A variable that is not set is never a problem.
 *
 * @param values the known variables that are set, by name; to be forwarded to the executors
 */
public record EnvironmentSettings(Map<String, String> values) {
  /** What messages name as the file. */
  public static final String FILE = "environment";

  /** How Gloo's bytes travel between workers of one host. */
  public static final String GLOO_TRANSPORT = "SPARKMM_GLOO_TRANSPORT";

  private record Rule(String name, Predicate<String> accepts, String range) {}

  private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,10}");
  private static final Pattern ALLOC_CONF = Pattern.compile("[^:,]+:[^:,]+(,[^:,]+:[^:,]+)*");
  private static final Pattern AFFINITY_CONF = Pattern.compile("[0-2](,npu[^,]*:[^,]+)+");

  private static final List<Rule> RULES =
      List.of(
          number("ACLNN_CACHE_LIMIT", 1, 10_000_000),
          number("ASCEND_GLOBAL_LOG_LEVEL", 0, 4),
          number("ASCEND_LAUNCH_BLOCKING", 0, 1),
          new Rule(
              "ASCEND_RT_VISIBLE_DEVICES",
              EnvironmentSettings::isDeviceList,
              "a comma separated list of different device numbers"),
          number("ASCEND_SLOG_PRINT_TO_STDOUT", 0, 1),
          number("CLOSE_MATMUL_K_SHIFT", 0, 1),
          number("COMBINED_ENABLE", 0, 1),
          new Rule(
              "CPU_AFFINITY_CONF",
              text -> isIn(text, 0, 2) || AFFINITY_CONF.matcher(text).matches(),
              "a whole number in [0, 2]"),
          number("CUDA_DEVICE_MAX_CONNECTIONS", 1, 32),
          number("HCCL_CONNECT_TIMEOUT", 120, 7200),
          new Rule(
              "HCCL_DETERMINISTIC",
              text -> Set.of("true", "false", "strict").contains(text.toLowerCase(Locale.ROOT)),
              "true, false or strict"),
          number("HCCL_EXEC_TIMEOUT", 0, Integer.MAX_VALUE),
          number("MULTI_STREAM_MEMORY_REUSE", 0, 3),
          number("NPUS_PER_NODE", 1, 999_999_999),
          number("NPU_ASD_ENABLE", 0, 3),
          new Rule(
              "PYTHONHASHSEED",
              text -> text.equals("random") || WHOLE_NUMBER.matcher(text).matches(),
              "random or a whole number"),
          new Rule(
              "PYTORCH_NPU_ALLOC_CONF",
              text -> ALLOC_CONF.matcher(text).matches(),
              "a comma separated list of key:value"),
          new Rule(
              GLOO_TRANSPORT, text -> Set.of("auto", "sockets").contains(text), "auto or sockets"),
          number("TASK_QUEUE_ENABLE", 0, 2),
          new Rule(
              "TOKENIZERS_PARALLELISM",
              text -> Set.of("true", "false").contains(text.toLowerCase(Locale.ROOT)),
              "true or false"));

  /** Copies the map. */
  public EnvironmentSettings {
    values = Collections.unmodifiableMap(new TreeMap<>(values));
  }

  /** Names of the variables that are checked, in alphabetical order. */
  public static List<String> knownNames() {
    return RULES.stream().map(Rule::name).toList();
  }

  /**
   * Checks the known variables and drops the others.
   *
   * @throws ConfigException with every variable whose value is out of range
   */
  public static EnvironmentSettings validate(Map<String, String> environment) {
    ConfigProblems problems = new ConfigProblems();
    EnvironmentSettings settings = validate(environment, problems);
    problems.throwIfAny();
    return settings;
  }

  /** Checks the known variables; the result may only be used if no problem was added. */
  public static EnvironmentSettings validate(
      Map<String, String> environment, ConfigProblems problems) {
    Map<String, String> values = new TreeMap<>();
    int before = problems.count();
    for (Rule rule : RULES) {
      String value = environment.get(rule.name());
      if (value == null) {
        continue;
      }
      values.put(rule.name(), value);
      if (!rule.accepts().test(value.strip())) {
        problems.add(FILE, rule.name(), value, "must be " + rule.range());
      }
    }
    EnvironmentSettings settings = new EnvironmentSettings(values);
    if (problems.count() == before) {
      settings.check(problems);
    }
    NpuVariables.remark(environment, problems);
    return settings;
  }

  private void check(ConfigProblems problems) {
    String devices = values.getOrDefault("ASCEND_RT_VISIBLE_DEVICES", "");
    int count = devices.split(",", -1).length;
    if (!devices.isEmpty() && npusPerNode().isPresent() && count < npusPerNode().getAsInt()) {
      problems.add(
          FILE,
          "ASCEND_RT_VISIBLE_DEVICES",
          devices,
          "names " + count + " devices, but NPUS_PER_NODE = " + npusPerNode().getAsInt());
    }
    String affinity = values.getOrDefault("CPU_AFFINITY_CONF", "0");
    if (!isIn(affinity.strip(), 0, 2)) {
      problems.warn(FILE, "CPU_AFFINITY_CONF", affinity, "is passed on as the vendor's own syntax");
    }
    String patience = values.getOrDefault("HCCL_EXEC_TIMEOUT", "1836").strip();
    if (!isIn(patience, 68, 17_340)) {
      problems.warn(
          FILE,
          "HCCL_EXEC_TIMEOUT",
          patience,
          "is outside of [68, 17340], which is all that the chips 910 and 310P and older releases"
              + " of CANN take; 0 is no limit on newer chips only");
    }
    String reuse = values.getOrDefault("MULTI_STREAM_MEMORY_REUSE", "0");
    if (!isIn(reuse.strip(), 0, 1)) {
      problems.warn(
          FILE,
          "MULTI_STREAM_MEMORY_REUSE",
          reuse,
          "is outside the documented values 0 and 1; the device runtime knows 2 and 3, too");
    }
  }

  /** Devices of one node, if {@code NPUS_PER_NODE} is set. */
  public OptionalInt npusPerNode() {
    return numberOf("NPUS_PER_NODE");
  }

  /** Command queues of a device, if {@code CUDA_DEVICE_MAX_CONNECTIONS} is set. */
  public OptionalInt deviceMaxConnections() {
    return numberOf("CUDA_DEVICE_MAX_CONNECTIONS");
  }

  private OptionalInt numberOf(String name) {
    String value = values.get(name);
    return value == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(value.strip()));
  }

  private static Rule number(String name, int min, int max) {
    return new Rule(
        name, text -> isIn(text, min, max), "a whole number in [" + min + ", " + max + "]");
  }

  /** Whether a text is a whole number of a range. */
  static boolean isIn(String text, long min, long max) {
    if (!WHOLE_NUMBER.matcher(text).matches()) {
      return false;
    }
    long number = Long.parseLong(text);
    return number >= min && number <= max;
  }

  private static boolean isDeviceList(String text) {
    List<String> devices = new ArrayList<>();
    for (String device : text.split(",", -1)) {
      if (!WHOLE_NUMBER.matcher(device.strip()).matches()) {
        return false;
      }
      devices.add(Long.toString(Long.parseLong(device.strip())));
    }
    return new TreeSet<>(devices).size() == devices.size();
  }
}
