package io.sparkmm.conf;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Environment variables of HCCL and torch_npu beyond those that {@link EnvironmentSettings} checks
 * strictly. Their ranges differ by release and chip, so a value outside of the documented ones gets
 * a remark that says what the variable does (HCCL, {@code docs/zh}; torch_npu, environment variable
 * reference).
 */
public final class NpuVariables {
  /** Prefixes of the variables that CANN and its libraries read. */
  private static final List<String> PREFIXES = List.of("ASCEND_", "HCCL_");

  /** Places and devices of one host, which differ on another one. */
  private static final Set<String> OF_ONE_HOST =
      Set.of(
          "ASCEND_AICPU_PATH",
          "ASCEND_CUSTOM_OPP_PATH",
          "ASCEND_DEVICE_ID",
          "ASCEND_DRIVER_PATH",
          "ASCEND_HOME_PATH",
          "ASCEND_INSTALL_PATH",
          "ASCEND_OPP_PATH",
          "ASCEND_RT_VISIBLE_DEVICES",
          "ASCEND_TOOLKIT_HOME",
          "ASCEND_VISIBLE_DEVICES",
          "HCCL_IF_IP",
          "HCCL_SOCKET_IFNAME",
          "HCCL_WHITELIST_FILE");

  /**
   * What is documented about a variable.
   *
   * @param range values that are documented, as part of a sentence
   * @param meaning what it does, with its default
   */
  private record Rule(String name, Predicate<String> accepts, String range, String meaning) {}

  private static final Pattern PORTS =
      Pattern.compile("auto|[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*");
  private static final Pattern INTERFACES = Pattern.compile("\\^?=?[^,\\s]+(,[^,\\s]+)*");

  private static final List<Rule> RULES =
      List.of(
          words("ASCEND_LOG_PRINT_TO_STDOUT", "prints CANN's log (0)", "0", "1"),
          number("HCCL_BUFFSIZE", 1, Integer.MAX_VALUE, "MB of a buffer of a communicator (200)"),
          words("HCCL_ENTRY_LOG_ENABLE", "logs every operation (0)", "0", "1"),
          number(
              "HCCL_EVENT_TIMEOUT",
              0,
              Integer.MAX_VALUE,
              "seconds, above HCCL_EXEC_TIMEOUT (1868)"),
          ports("HCCL_HOST_SOCKET_PORT_RANGE", "ports of hosts, instead of HCCL_IF_BASE_PORT"),
          number("HCCL_IF_BASE_PORT", 1024, 65520, "first of 32 ports of a host (60000)"),
          words("HCCL_INTRA_PCIE_ENABLE", "PCIe between the chips of a host (1)", "0", "1"),
          words("HCCL_INTRA_ROCE_ENABLE", "RoCE between the chips of a host (0)", "0", "1"),
          ports("HCCL_NPU_SOCKET_PORT_RANGE", "ports of chips, on all workers or none (16666)"),
          words(
              "HCCL_OP_EXPANSION_MODE",
              "where operations are unfolded, by chip",
              "AI_CPU",
              "AICPU_CacheDisable",
              "AICPU_TS",
              "AIV",
              "CCU_MS",
              "CCU_SCHED",
              "HOST",
              "HOST_TS"),
          number("HCCL_RDMA_SL", 0, 7, "service level of RoCE packets (4)"),
          number("HCCL_RDMA_TC", 0, 255, "traffic class of RoCE packets, a multiple of 4 (132)"),
          words("HCCL_SOCKET_FAMILY", "kind of host addresses (AF_INET)", "AF_INET", "AF_INET6"),
          new Rule(
              "HCCL_SOCKET_IFNAME",
              text -> INTERFACES.matcher(text).matches(),
              "names joined by commas, after ^ to exclude and = for whole names",
              "network interfaces of hosts"),
          words("HCCL_WHITELIST_DISABLE", "1: no check of peers (1)", "0", "1"));

  private NpuVariables() {}

  /** Names of the variables that have documented values here, in alphabetical order. */
  public static List<String> names() {
    return RULES.stream().map(Rule::name).sorted().toList();
  }

  /** What a variable does; empty for one that is not in the table. */
  public static Optional<String> meaning(String name) {
    return RULES.stream().filter(rule -> rule.name().equals(name)).map(Rule::meaning).findFirst();
  }

  /** Adds a remark for each value that is not a documented one. */
  static void remark(Map<String, String> environment, ConfigProblems problems) {
    for (Rule rule : RULES) {
      String value = environment.get(rule.name());
      if (value != null && !rule.accepts().test(value.strip())) {
        problems.warn(
            EnvironmentSettings.FILE,
            rule.name(),
            value,
            "is outside of the documented values, " + rule.range() + ": " + rule.meaning());
      }
    }
    if (environment.containsKey("ASCEND_SLOG_PRINT_TO_STDOUT")
        && !environment.containsKey("ASCEND_LOG_PRINT_TO_STDOUT")) {
      problems.warn(
          EnvironmentSettings.FILE,
          "ASCEND_SLOG_PRINT_TO_STDOUT",
          environment.get("ASCEND_SLOG_PRINT_TO_STDOUT"),
          "is the old name; newer releases of CANN read ASCEND_LOG_PRINT_TO_STDOUT: set both");
    }
  }

  /**
   * The variables that workers on other hosts have to share: all of CANN's and HCCL's, and the
   * checked ones of {@link EnvironmentSettings}, without places and devices of this host.
   */
  public static Map<String, String> shared(Map<String, String> environment) {
    Map<String, String> shared = new TreeMap<>();
    environment.forEach(
        (name, value) -> {
          boolean read =
              PREFIXES.stream().anyMatch(name::startsWith)
                  || EnvironmentSettings.knownNames().contains(name);
          if (read && !OF_ONE_HOST.contains(name)) {
            shared.put(name, value);
          }
        });
    return shared;
  }

  /** The part of the {@linkplain #shared shared} variables that HCCL wants equal on all workers. */
  public static Map<String, String> uniform(Map<String, String> environment) {
    Map<String, String> uniform = new TreeMap<>();
    shared(environment).entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("HCCL_"))
        .forEach(entry -> uniform.put(entry.getKey(), entry.getValue()));
    return uniform;
  }

  private static Rule number(String name, long min, long max, String meaning) {
    return new Rule(
        name,
        text -> EnvironmentSettings.isIn(text, min, max),
        "whole numbers in [" + min + ", " + max + "]",
        meaning);
  }

  private static Rule words(String name, String meaning, String... words) {
    return new Rule(
        name,
        text ->
            Stream.of(words)
                .anyMatch(
                    word -> word.toLowerCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT))),
        String.join(", ", words),
        meaning);
  }

  private static Rule ports(String name, String meaning) {
    return new Rule(
        name,
        text -> PORTS.matcher(text).matches(),
        "auto, or numbers and ranges joined by commas",
        meaning);
  }
}
