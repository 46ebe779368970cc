package io.sparkmm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Environment variables that change how fast or where things run. */
record VariablesProbe(Map<String, String> environment) implements Probe {

  private static final String TOPIC = "environment";
  private static final String WAIT_POLICY = "OMP_WAIT_POLICY";
  private static final List<String> SHOWN =
      List.of(
          "DJL_CACHE_DIR",
          "DJL_OFFLINE",
          "JAVA_HOME",
          "OMP_NUM_THREADS",
          "OPENBLAS_NUM_THREADS",
          "SPARKMM_HOME",
          "SPARK_LOCAL_IP",
          "TOKENIZERS_PARALLELISM");

  @Override
  public List<Finding> look() {
    List<Finding> findings = new ArrayList<>();
    Optional<String> policy = Optional.ofNullable(environment.get(WAIT_POLICY));
    findings.add(
        policy.filter(value -> value.equalsIgnoreCase("PASSIVE")).isPresent()
            ? Finding.ok(TOPIC, WAIT_POLICY, policy.get())
            : Finding.warning(
                TOPIC,
                WAIT_POLICY,
                policy.orElse("not set"),
                "set it to PASSIVE before the JVM starts, on workers through"
                    + " spark.executorEnv.OMP_WAIT_POLICY: training steps are up to 2.5 times"
                    + " faster"));
    for (String name : SHOWN) {
      findings.add(Finding.ok(TOPIC, name, environment.getOrDefault(name, "not set")));
    }
    return findings;
  }
}
