package io.sparkmm.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Verb {@code env}: what this machine has for training, and what is missing. */
@Command(
    name = "sparkmm env",
    mixinStandardHelpOptions = true,
    description = "Reports JDK, Spark, libtorch, tokenizer, devices, folders and variables.",
    footer = {
      "",
      "Exit codes: 0 everything for training on CPUs is there, 1 something is missing, 2 wrong"
          + " usage."
    })
public final class EnvMain implements Callable<Integer> {

  private static final int BYTES_PER_MEBIBYTE = 1 << 20;

  @Option(
      names = "--disk-mib",
      defaultValue = "64",
      paramLabel = "<MiB>",
      description = "Megabytes to write to measure the disk (default: ${DEFAULT-VALUE}).")
  private int diskMebibytes;

  @Option(
      names = "--torch-npu",
      paramLabel = "<folder>",
      description = "Folder of libtorch_npu.so to check, as in spark.sparkmm.npu.torchNpu.")
  private Path torchNpu;

  @Spec private CommandSpec spec;

  private EnvMain() {}

  /** Runs the verb on the standard streams and returns its exit code. */
  public static int run(String[] args) {
    return run(
        args,
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8));
  }

  static int run(String[] args, PrintWriter out, PrintWriter err) {
    return new CommandLine(new EnvMain()).setOut(out).setErr(err).execute(args);
  }

  @Override
  public Integer call() {
    if (diskMebibytes < 1 || diskMebibytes > 1024) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--disk-mib must be from 1 to 1024, got " + diskMebibytes);
    }
    Map<String, String> environment = new TreeMap<>(System.getenv());
    List<Finding> findings = new ArrayList<>();
    for (Probe probe : probes(environment)) {
      findings.addAll(probe.look());
    }
    PrintWriter out = spec.commandLine().getOut();
    EnvReport report = new EnvReport(findings);
    report.print(out);
    return report.isComplete() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private List<Probe> probes(Map<String, String> environment) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Path home = Path.of(System.getProperty("user.home"));
    Map<String, Path> folders = new TreeMap<>();
    folders.put("temporary files", temporary);
    folders.put(
        "tokenizer cache",
        Path.of(environment.getOrDefault("DJL_CACHE_DIR", home.resolve(".djl.ai").toString())));
    folders.put(
        "libtorch cache",
        Path.of(
            System.getProperty(
                "org.bytedeco.javacpp.cachedir", home.resolve(".javacpp/cache").toString())));
    return List.of(
        new JavaProbe(environment),
        new SparkProbe(environment),
        new TorchProbe(),
        new TokenizerProbe(),
        new DeviceProbe(environment, Path.of("/dev")),
        new NpuProbe(
            environment, Path.of("/"), Optional.ofNullable(torchNpu), TorchProbe.version()),
        new StorageProbe(folders, temporary, diskMebibytes * BYTES_PER_MEBIBYTE),
        new VariablesProbe(environment));
  }
}
