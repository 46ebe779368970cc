package io.sparkmm.train.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.CollectivesProviders;
import io.sparkmm.train.comm.CollectivesSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.bytedeco.pytorch.global.torch;

/** One rank of a measurement, in a process of its own. */
final class BenchWorker {
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private BenchWorker() {}

  /** Arguments: file with the task, rank, file for the result. */
  public static void main(String[] arguments) throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode task = json.readTree(Path.of(arguments[0]).toFile());
    int rank = Integer.parseInt(arguments[1]);
    torch.set_num_threads(task.get("threads").intValue());
    JsonNode result;
    try (Collectives group = connect(task, rank)) {
      result =
          switch (task.get("kind").textValue()) {
            case CollectivesTask.KIND -> CollectivesTask.run(group, task);
            case TrainTask.KIND -> TrainTask.run(group, task);
            default -> throw new IllegalArgumentException("unknown task " + task.get("kind"));
          };
      // Whoever leaves first would break the others' last operation.
      group.barrier(TIMEOUT);
    }
    json.writeValue(Path.of(arguments[2]).toFile(), result);
  }

  private static Collectives connect(JsonNode task, int rank) {
    int ranks = task.get("ranks").intValue();
    return CollectivesProviders.load()
        .find(ranks == 1 ? "local" : "gloo")
        .create(
            new CollectivesSettings(
                rank,
                ranks,
                "127.0.0.1",
                task.get("port").intValue(),
                "bench",
                TIMEOUT,
                Math.max(1, Math.min(2, task.get("threads").intValue()))));
  }
}
