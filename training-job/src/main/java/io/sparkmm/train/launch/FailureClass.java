package io.sparkmm.train.launch;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.train.checkpoint.CheckpointException;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.fsdp.FsdpException;
import io.sparkmm.train.input.InputException;
import io.sparkmm.train.loop.TrainingException;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.npu.NpuException;
import io.sparkmm.train.npu.NpuFault;
import io.sparkmm.train.npu.NpuLibraryException;
import io.sparkmm.train.npu.host.HostException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a worker's exception says about its peers and about another attempt. */
final class FailureClass {
  /** Errors of what the run was told or reads: they come again. */
  private static final List<Class<? extends Throwable>> REPEATING =
      List.of(
          ConfigException.class,
          DataException.class,
          FsdpException.class,
          HostException.class,
          NpuLibraryException.class,
          TrainingException.class,
          LinkageError.class);

  private static final Set<LaunchException.Kind> REPEATING_KINDS =
      EnumSet.of(
          LaunchException.Kind.SPARK_SETTINGS,
          LaunchException.Kind.SLOTS,
          LaunchException.Kind.SETTINGS,
          LaunchException.Kind.INPUT);

  private FailureClass() {}

  /** A lost peer is a consequence; everything else is a cause. */
  static WorkerFailure.Origin origin(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof NpuException device && retry(device) == NpuFault.Retry.NEVER) {
        // A wrong setting, which shows in an exchange of every rank.
        return WorkerFailure.Origin.OWN;
      }
    }
    for (Throwable e = error; e != null; e = e.getCause()) {
      boolean ofPeer =
          e instanceof TrainingException training && training.ofPeer()
              || e instanceof NpuException device && device.ofPeer();
      if (e instanceof CollectiveException || ofPeer) {
        return WorkerFailure.Origin.PEER;
      }
    }
    return WorkerFailure.Origin.OWN;
  }

  static LaunchException.Kind kind(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof CheckpointException damage
          && damage.kind() == CheckpointException.Kind.DAMAGED) {
        return LaunchException.Kind.CHECKPOINT;
      }
      if (e instanceof NpuException device && retry(device) == NpuFault.Retry.AFTER_COOL_DOWN) {
        return LaunchException.Kind.DEVICE_BUSY;
      }
    }
    return error instanceof LaunchException
        ? ((LaunchException) error).kind()
        : LaunchException.Kind.WORKER;
  }

  /** Whether another attempt would fail in the same way. */
  static boolean repeats(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      Throwable link = e;
      if (REPEATING.stream().anyMatch(type -> type.isInstance(link))) {
        return true;
      }
      if (e instanceof NpuException device) {
        return retry(device) == NpuFault.Retry.NEVER;
      }
      if (e instanceof CheckpointException) {
        return ((CheckpointException) e).kind() != CheckpointException.Kind.WRITE;
      }
      if (e instanceof ModelException) {
        return ((ModelException) e).kind() != ModelException.Kind.IO;
      }
      if (e instanceof InputException) {
        return ((InputException) e).kind() != InputException.Kind.CLOSED;
      }
      if (e instanceof LaunchException) {
        return REPEATING_KINDS.contains(((LaunchException) e).kind());
      }
    }
    return false;
  }

  private static NpuFault.Retry retry(NpuException error) {
    return NpuFault.explain(error.code(), error.recentMessage())
        .map(NpuFault::retry)
        .orElse(NpuFault.Retry.USUAL);
  }
}
