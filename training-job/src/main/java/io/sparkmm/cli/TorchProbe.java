package io.sparkmm.cli;

import io.sparkmm.train.comm.CollectivesProvider;
import io.sparkmm.train.comm.CollectivesProviders;
import io.sparkmm.train.npu.host.HostLibraries;
import io.sparkmm.train.npu.host.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/** libtorch: whether its native libraries load and compute, and how it was built. */
record TorchProbe() implements Probe {

  private static final String TOPIC = "libtorch";

  @Override
  public List<Finding> look() {
    List<Finding> findings = new ArrayList<>();
    try {
      Loader.load(torch.class);
      findings.addAll(describe());
    } catch (LinkageError | RuntimeException e) {
      findings.add(
          Finding.missing(
              TOPIC,
              "native libraries",
              HostLibraries.explain("libtorch", Probe.describe(e)),
              "put the org.bytedeco jars of pytorch, openblas and javacpp for this platform ("
                  + Loader.getPlatform()
                  + ") on the class path; the folder of "
                  + "org.bytedeco.javacpp.cachedir must be writable"));
      return findings;
    }
    for (CollectivesProvider provider : CollectivesProviders.load().all()) {
      findings.add(collectives(provider.name(), provider.availability()));
    }
    return findings;
  }

  private static List<Finding> describe() {
    try (PointerScope scope = new PointerScope()) {
      String config = text(torch.show_config());
      double sum =
          torch.ones(new long[] {3, 4}).mm(torch.ones(new long[] {4, 2})).sum().item_double();
      return List.of(
          sum == 24
              ? Finding.ok(TOPIC, "product of two matrices", "right")
              : Finding.missing(
                  TOPIC,
                  "product of two matrices",
                  "wrong: " + sum,
                  "replace the native libraries"),
          Finding.ok(TOPIC, "version", field(config, "TORCH_VERSION")),
          Finding.ok(TOPIC, "platform", Loader.getPlatform()),
          Finding.ok(TOPIC, "threads", torch.get_num_threads()),
          Finding.ok(TOPIC, "cpu capability", text(torch.get_cpu_capability())),
          Finding.ok(TOPIC, "blas", field(config, "BLAS_INFO")),
          Finding.ok(
              TOPIC,
              "backends",
              "oneDNN " + yesNo(torch.hasMKLDNN()) + ", MKL " + yesNo(torch.hasMKL())),
          Finding.ok(TOPIC, "library cache", Loader.getCacheDir()));
    } catch (IOException e) {
      return List.of(
          Finding.missing(
              TOPIC,
              "library cache",
              Probe.describe(e),
              "set -Dorg.bytedeco.javacpp.cachedir to a writable folder"));
    }
  }

  static Finding collectives(String name, CollectivesProvider.Availability availability) {
    String title = "collectives " + name;
    if (availability.available()) {
      return Finding.ok(TOPIC, title, availability.reason());
    }
    return name.equals("gloo")
        ? Finding.missing(
            TOPIC, title, availability.reason(), "several workers need it to train together")
        : Finding.ok(TOPIC, title, "not here: " + availability.reason());
  }

  /** Version of libtorch by its own words; empty where it does not load. */
  static Optional<Version> version() {
    try (PointerScope scope = new PointerScope()) {
      return Version.parse(field(text(torch.show_config()), "TORCH_VERSION"));
    } catch (LinkageError e) {
      return Optional.empty();
    }
  }

  /** Value of {@code KEY=value} in the text that libtorch prints about its build. */
  static String field(String config, String key) {
    Matcher matcher = Pattern.compile("\\b" + Pattern.quote(key) + "=([^,\\s]+)").matcher(config);
    return matcher.find() ? matcher.group(1) : "unknown";
  }

  private static String text(BytePointer pointer) {
    return pointer.getString();
  }

  private static String yesNo(boolean value) {
    return value ? "yes" : "no";
  }
}
