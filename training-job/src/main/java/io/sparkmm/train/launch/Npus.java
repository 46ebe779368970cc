package io.sparkmm.train.launch;

import io.sparkmm.train.npu.host.HostException;
import io.sparkmm.train.npu.host.NpuAddress;
import io.sparkmm.train.npu.host.NpuHost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import scala.Tuple2;

/**
 * The NPUs of one worker and what has to be alike on all workers.
 *
 * @param used whether the job uses NPUs
 * @param addresses NPUs that Spark gave to the task
 * @param traits versions and variables that all workers must share, by name
 */
record Npus(boolean used, List<NpuAddress> addresses, Map<String, String> traits) {
  /** Spark's name of the resource, where an application asks for several. */
  static final String RESOURCE_KEY = "spark.sparkmm.npu.resource";

  /** Folder of {@code libtorch_npu.so} on the executors. */
  static final String TORCH_NPU_KEY = "spark.sparkmm.npu.torchNpu";

  /** Time between the end of a failed attempt and the next one. */
  static final String COOL_DOWN_KEY = "spark.sparkmm.npu.coolDown";

  /** A worker of a job that does not use NPUs. */
  static final Npus NONE = new Npus(false, List.of(), Map.of());

  private static final String USUAL_NAME = "npu";
  private static final Path ROOT = Path.of("/");

  Npus {
    addresses = List.copyOf(addresses);
    traits = new TreeMap<>(traits);
  }

  /**
   * What Spark gave to a task, with this host's installation checked.
   *
   * @throws HostException if the host cannot serve NPU workers
   */
  static Npus ofTask(TaskContext context) {
    NpuHost host = NpuHost.look(System.getenv(), ROOT);
    host.problem()
        .ifPresent(
            problem -> {
              throw new HostException(problem);
            });
    String name = resource(SparkEnv.get().conf());
    List<String> given = new ArrayList<>();
    if (SparkSettings.isLocal(SparkEnv.get().conf().get("spark.master", ""))) {
      // Executors of local masters have no resources; the driver serves one worker by itself.
      given.add(firstVisible(System.getenv()));
    } else {
      ResourceInformation resource = context.resourcesJMap().get(name);
      given.addAll(resource == null ? List.of() : List.of(resource.addresses()));
    }
    List<NpuAddress> addresses =
        given.stream()
            .map(text -> NpuAddress.resolve(text, System.getenv(), ROOT.resolve("dev")))
            .toList();
    return new Npus(true, addresses, host.traits());
  }

  /** Name of the resource: the one that is set, the only one that tasks ask for, or the usual. */
  static String resource(SparkConf conf) {
    if (conf.contains(RESOURCE_KEY)) {
      return conf.get(RESOURCE_KEY);
    }
    List<String> names = new ArrayList<>();
    for (Tuple2<String, String> entry : conf.getAllWithPrefix("spark.task.resource.")) {
      if (entry._1().endsWith(".amount")) {
        names.add(entry._1().substring(0, entry._1().length() - ".amount".length()));
      }
    }
    return names.size() == 1 ? names.get(0) : USUAL_NAME;
  }

  private static String firstVisible(Map<String, String> environment) {
    String visible = environment.getOrDefault(NpuAddress.VISIBLE, "0");
    return visible.split(",", 2)[0];
  }
}
