package io.sparkmm.cli;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.EnvironmentSettings;
import io.sparkmm.conf.NpuVariables;
import io.sparkmm.train.npu.host.CannInstallation;
import io.sparkmm.train.npu.host.HostException;
import io.sparkmm.train.npu.host.HostLibraries;
import io.sparkmm.train.npu.host.NpuHost;
import io.sparkmm.train.npu.host.TorchNpuLibrary;
import io.sparkmm.train.npu.host.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What this host has for NPU workers. Nothing of it is needed for training on CPUs, so nothing is
 * ever missing; what would stop an NPU worker is a warning where CANN or device files are there.
 *
 * @param environment environment variables
 * @param root where the file system begins, {@code /}
 * @param torchNpu folder of {@code libtorch_npu.so} to check, if one was given
 * @param torch version of the libtorch that this program has
 */
record NpuProbe(
    Map<String, String> environment, Path root, Optional<Path> torchNpu, Optional<Version> torch)
    implements Probe {
  private static final String TOPIC = "npu";

  @Override
  public List<Finding> look() {
    NpuHost host = NpuHost.look(environment, root);
    boolean expected =
        !host.devices().isEmpty()
            || environment.containsKey(CannInstallation.HOME)
            || torchNpu.isPresent();
    if (!expected) {
      return List.of(Finding.ok(TOPIC, "installation", "none (only needed for NPUs)"));
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(
        host.problem().isEmpty()
            ? Finding.ok(TOPIC, "host", host.line())
            : Finding.warning(TOPIC, "host", host.line(), host.problem().get()));
    torchNpu.ifPresent(folder -> findings.add(library(folder, host)));
    findings.addAll(variables());
    return findings;
  }

  private Finding library(Path folder, NpuHost host) {
    if (host.cann().isEmpty() || torch.isEmpty()) {
      return Finding.warning(
          TOPIC, TorchNpuLibrary.NAME, folder, "it is checked once CANN and libtorch are there");
    }
    try {
      TorchNpuLibrary library =
          TorchNpuLibrary.require(
              folder,
              new TorchNpuLibrary.Host(
                  HostLibraries.machine(), host.glibc(), torch.get(), host.cann().get()));
      return Finding.ok(
          TOPIC,
          TorchNpuLibrary.NAME,
          library.file() + library.version().map(version -> ", version " + version).orElse(""));
    } catch (HostException e) {
      return Finding.warning(TOPIC, TorchNpuLibrary.NAME, folder, e.getMessage());
    }
  }

  /**
   * The variables of CANN, HCCL and torch_npu that are set, with what is odd about their values.
   */
  private List<Finding> variables() {
    ConfigProblems problems = new ConfigProblems();
    EnvironmentSettings.validate(environment, problems);
    List<ConfigProblem> remarks = new ArrayList<>(problems.problems());
    remarks.addAll(problems.warnings());
    List<Finding> findings = new ArrayList<>();
    NpuVariables.shared(environment)
        .forEach(
            (name, value) ->
                findings.add(
                    remarks.stream()
                        .filter(remark -> remark.key().equals(name))
                        .findFirst()
                        .map(remark -> Finding.warning(TOPIC, name, value, remark.message()))
                        .orElseGet(() -> Finding.ok(TOPIC, name, described(name, value)))));
    return findings;
  }

  private static String described(String name, String value) {
    return value + NpuVariables.meaning(name).map(meaning -> " (" + meaning + ")").orElse("");
  }
}
