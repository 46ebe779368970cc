package io.sparkmm.train.launch;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.plugin.PluginContext;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** The body of one barrier task: refuses restarts, meets the peers, runs the worker. */
final class BarrierFunction<R extends Serializable>
    extends AbstractFunction1<Iterator<Integer>, Iterator<WorkerResult<R>>>
    implements Serializable {
  private final String runId;
  private final WorkerTask<R> task;
  private final BarrierSettings settings;

  BarrierFunction(String runId, WorkerTask<R> task, BarrierSettings settings) {
    this.runId = runId;
    this.task = task;
    this.settings = settings;
  }

  /** The part of {@link BarrierOptions} that travels; {@code masterPort} is 0 for a free one. */
  record BarrierSettings(int masterPort, Patience patience, boolean npus) implements Serializable {}

  @Override
  public Iterator<WorkerResult<R>> apply(Iterator<Integer> ranks) {
    BarrierTaskContext context = BarrierTaskContext.get();
    if (context.stageAttemptNumber() > 0) {
      // Only the driver can tell whether and from where to go on; it submits a job of its own.
      throw new LaunchException(
          LaunchException.Kind.RESTARTED,
          "Cannot run attempt "
              + context.stageAttemptNumber()
              + " of the stage: attempts of workers are made by the driver; set"
              + " spark.stage.maxConsecutiveAttempts to 1");
    }
    PluginContext channel = ProgressPlugin.channel();
    String generation = runId + "-" + context.stageAttemptNumber();
    try (Rendezvous rendezvous = join(context, generation, channel)) {
      WorkerPlace place = rendezvous.place();
      WorkerContext workerContext =
          new WorkerContext(
              place, new WorkerReporter(runId, place.rank(), channel), rendezvous::releasePort);
      BooleanSupplier killed = context::isInterrupted;
      R result = new WorkerRunner<>(task, runId, workerContext, channel).run(killed, settings);
      return CollectionConverters.asScala(
          List.of(new WorkerResult<>(place.rank(), result)).iterator());
    }
  }

  private Rendezvous join(BarrierTaskContext context, String generation, PluginContext channel) {
    try {
      String address = context.getTaskInfos()[context.partitionId()].address();
      channel.send(
          new ProgressMessage.Arrived(
              runId,
              context.partitionId(),
              Rendezvous.hostOf(address),
              SparkEnv.get().executorId()));
      OptionalInt port =
          settings.masterPort() == 0 ? OptionalInt.empty() : OptionalInt.of(settings.masterPort());
      return Rendezvous.join(
          context, port, generation, settings.npus() ? Npus.ofTask(context) : Npus.NONE);
    } catch (IOException e) {
      throw new LaunchException(
          LaunchException.Kind.WORKER, "Cannot reach the driver: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      if (!context.isInterrupted()) {
        String address = context.getTaskInfos()[context.partitionId()].address();
        WorkerFailure failure =
            new WorkerFailure(
                FailureClass.origin(e),
                FailureClass.kind(e),
                -1,
                context.partitionId(),
                Rendezvous.hostOf(address),
                SparkEnv.get().executorId(),
                "rendezvous",
                0,
                FailureClass.repeats(e),
                RemoteError.of(e));
        WorkerReporter.ask(channel, new ProgressMessage.Failed(runId, failure));
      }
      throw e;
    }
  }
}
