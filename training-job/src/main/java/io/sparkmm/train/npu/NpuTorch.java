package io.sparkmm.train.npu;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import io.sparkmm.train.npu.host.CannInstallation;
import io.sparkmm.train.npu.host.ElfFile;
import io.sparkmm.train.npu.host.HostException;
import io.sparkmm.train.npu.host.HostLibraries;
import io.sparkmm.train.npu.host.NpuAddress;
import io.sparkmm.train.npu.host.TorchNpuLibrary;
import io.sparkmm.train.npu.host.Version;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * libtorch's NPU device in this process: {@code libtorch_npu.so}, loaded after libtorch itself, so
 * that both use the same libtorch, and before the ACL runtime is used by anybody else, since it
 * starts that runtime.
 *
 * <p>Its C++ functions are called by their mangled names. A C++ exception cannot cross such a call
 * and would end the process, so everything that can be checked is checked before.
 */
public final class NpuTorch {
  private static final Logger LOG = LoggerFactory.getLogger(NpuTorch.class);

  /** {@code RTLD_NOW}: a missing symbol shows here and not in the middle of a step. */
  private static final int OPEN_FLAGS = 2;

  private static final List<String> TORCH_LIBRARIES =
      List.of("libc10.so", "libtorch.so", "libtorch_cpu.so", "libtorch_global_deps.so");

  private static final Pattern TORCH_VERSION = Pattern.compile("\\bTORCH_VERSION=([^,\\s]+)");

  private static NpuTorch shared;

  private final NativeLibrary library;
  private final int index;

  private NpuTorch(NativeLibrary library, int index) {
    this.library = library;
    this.index = index;
  }

  /** The NPU device of this process, if it was loaded. */
  public static synchronized Optional<NpuTorch> loaded() {
    return Optional.ofNullable(shared);
  }

  /**
   * Loads the library and starts the device, once per process.
   *
   * @param folder the folder of {@code libtorch_npu.so}
   * @param address the device of this process
   * @throws HostException if something does not fit, see {@link TorchNpuLibrary#require}, or the
   *     process has started another device
   */
  public static synchronized NpuTorch load(
      Path folder, NpuAddress address, Map<String, String> environment) {
    Objects.requireNonNull(address, "address");
    if (shared != null) {
      if (shared.index != address.index()) {
        throw new HostException(
            "Cannot compute on "
                + address.torchName()
                + ": this process has started npu:"
                + shared.index
                + "; give each worker an executor of its own (spark.executor.cores ="
                + " spark.task.cpus)");
      }
      return shared;
    }
    loadTorch();
    Version torchVersion = torchVersion();
    TorchNpuLibrary checked =
        TorchNpuLibrary.require(
            folder,
            new TorchNpuLibrary.Host(
                HostLibraries.machine(),
                HostLibraries.glibc(),
                torchVersion,
                CannInstallation.require(environment)));
    checked.requireFrom(offered(), torchVersion);
    NativeLibrary opened = open(checked.file());
    LOG.info("Starting {} with {}", address.describe(), checked.file());
    opened
        .getFunction(TorchNpuLibrary.ENTRY_POINTS.get(2))
        .invokeVoid(new Object[] {(byte) address.index()});
    shared = new NpuTorch(opened, address.index());
    return shared;
  }

  /** Number of the device among those that the process sees. */
  public int index() {
    return index;
  }

  /**
   * Waits until all work that libtorch was given for the device is done. It also empties the queue
   * in which torch_npu keeps work on the host ({@code TASK_QUEUE_ENABLE}), which waiting for a
   * stream of the runtime does not.
   */
  public void synchronize() {
    call(TorchNpuLibrary.ENTRY_POINTS.get(0), (long) index);
  }

  /** Ends the device for good; after communicators and streams of others have been given up. */
  public void end() {
    call(TorchNpuLibrary.ENTRY_POINTS.get(1));
  }

  private void call(String name, Object... arguments) {
    Function function = library.getFunction(name);
    function.invokeVoid(arguments);
  }

  /** Version of the loaded libtorch, by its own words. */
  private static Version torchVersion() {
    try (PointerScope scope = new PointerScope()) {
      String config = torch.show_config().getString();
      Matcher matcher = TORCH_VERSION.matcher(config);
      return (matcher.find() ? Version.parse(matcher.group(1)) : Optional.<Version>empty())
          .orElseThrow(() -> new HostException("Cannot tell the version of libtorch: " + config));
    }
  }

  private static void loadTorch() {
    try {
      Loader.load(torch.class);
    } catch (LinkageError e) {
      throw new HostException(HostLibraries.explain("libtorch", String.valueOf(e.getMessage())), e);
    }
  }

  /** What the loaded parts of libtorch offer. */
  private static Set<String> offered() {
    Set<String> offered = new HashSet<>();
    HostLibraries.loaded(TORCH_LIBRARIES)
        .forEach(file -> offered.addAll(ElfFile.read(file).defined()));
    return offered;
  }

  private static NativeLibrary open(Path file) {
    try {
      return NativeLibrary.getInstance(
          file.toAbsolutePath().toString(), Map.of(Library.OPTION_OPEN_FLAGS, OPEN_FLAGS));
    } catch (UnsatisfiedLinkError e) {
      throw new HostException(
          HostLibraries.explain(file.toString(), String.valueOf(e.getMessage())), e);
    }
  }
}
