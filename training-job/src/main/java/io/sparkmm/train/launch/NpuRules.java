package io.sparkmm.train.launch;

import io.sparkmm.train.npu.host.NpuAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Whether the NPUs of all workers go together. Every worker has the same facts and so finds the
 * same fault, before any communicator is made: there a wrong device only shows as a wait without
 * end.
 */
final class NpuRules {
  private NpuRules() {}

  /**
   * Checks the workers of a job.
   *
   * @throws LaunchException naming the first fault and the workers that have it
   */
  static void check(List<Rendezvous.Facts> all) {
    List<Rendezvous.Facts> users = all.stream().filter(facts -> facts.npus().used()).toList();
    users.forEach(NpuRules::checkOne);
    checkUnique(users);
    checkAlike(users);
  }

  private static void checkOne(Rendezvous.Facts worker) {
    int count = worker.npus().addresses().size();
    if (count == 0) {
      throw refuse(
          "Spark gave no NPU to "
              + name(worker)
              + ": set spark.task.resource.<name>.amount and spark.executor.resource.<name>.amount"
              + " to 1, with bin/discover-npus as discoveryScript of the workers or executors; if"
              + " the application has several resources, name it in "
              + Npus.RESOURCE_KEY);
    }
    if (count > 1) {
      throw refuse(
          "Spark gave "
              + count
              + " NPUs to "
              + name(worker)
              + ", and a worker uses one: set spark.task.resource.<name>.amount to 1");
    }
  }

  private static void checkUnique(List<Rendezvous.Facts> workers) {
    Map<String, Rendezvous.Facts> owners = new HashMap<>();
    for (Rendezvous.Facts worker : workers) {
      NpuAddress device = worker.npus().addresses().get(0);
      Rendezvous.Facts other = owners.put(worker.host() + "/" + device.physical(), worker);
      if (other != null) {
        throw refuse(
            name(other)
                + " and "
                + name(worker)
                + " got the same device, "
                + device.describe()
                + " of host "
                + worker.host()
                + ": Spark's workers on one host must list different devices"
                + " (ASCEND_RT_VISIBLE_DEVICES of each), and under YARN the discovery script must"
                + " lease them (SPARKMM_NPU_LEASE=1)");
      }
    }
  }

  private static void checkAlike(List<Rendezvous.Facts> workers) {
    TreeSet<String> names = new TreeSet<>();
    workers.forEach(worker -> names.addAll(worker.npus().traits().keySet()));
    for (String name : names) {
      Map<String, TreeSet<String>> hosts = new TreeMap<>();
      for (Rendezvous.Facts worker : workers) {
        hosts
            .computeIfAbsent(
                worker.npus().traits().getOrDefault(name, "not set"), value -> new TreeSet<>())
            .add(worker.host() + " (executor " + worker.executorId() + ")");
      }
      if (hosts.size() > 1) {
        throw refuse(
            name
                + " differs between the workers: "
                + hosts.entrySet().stream()
                    .map(entry -> entry.getKey() + " on " + text(entry.getValue()))
                    .collect(Collectors.joining("; "))
                + ". Make it alike on all hosts"
                + (name.startsWith("HCCL_") ? ", with spark.executorEnv." + name : ""));
      }
    }
  }

  private static String text(Collection<String> hosts) {
    return String.join(", ", hosts);
  }

  private static String name(Rendezvous.Facts worker) {
    return "the worker of partition "
        + worker.partition()
        + " (executor "
        + worker.executorId()
        + " on "
        + worker.host()
        + ")";
  }

  private static LaunchException refuse(String reason) {
    return new LaunchException(
        LaunchException.Kind.SETTINGS, "Cannot use the NPUs of this application: " + reason);
  }
}
