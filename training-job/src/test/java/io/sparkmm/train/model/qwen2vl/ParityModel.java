package io.sparkmm.train.model.qwen2vl;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.LrDecayStyle;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.torch.HostTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A model, its batches and its training as {@code make_training.py} describes them. */
record ParityModel(JsonNode json) {
  private static final int FIRST_TEXT_ID = 8;
  private static final int SHIFT = 11;
  private static final long IMAGE_FILL = 2000;
  private static final long VIDEO_FILL = 2001;

  static ParityModel read(String name) {
    return new ParityModel(Golden.read("training-" + name + ".json").json());
  }

  /** The model with weights of the fill rule, partly frozen. */
  Qwen2VlModel net(ScalarType type) {
    Qwen2VlModel net = TinyModels.model(config(), type);
    List<String> frozen = new ArrayList<>();
    json.get("frozen").forEach(prefix -> frozen.add(prefix.asText()));
    for (Parameter parameter : net.namedParameters().values()) {
      if (frozen.stream().anyMatch(parameter.name()::startsWith)) {
        parameter.freeze();
      }
    }
    return net;
  }

  Qwen2VlConfig config() {
    return Qwen2VlConfigParser.fromHfJson(json.get("config"));
  }

  /** Modules that are groups of their own in sharded runs. */
  List<String> groups() {
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < config().vision().depth(); i++) {
      groups.add("visual.blocks." + i);
    }
    groups.add("visual.merger");
    for (int i = 0; i < config().text().layers(); i++) {
      groups.add("model.layers." + i);
    }
    return groups;
  }

  int batchCount() {
    return json.get("batches").size();
  }

  int microBatches() {
    return json.get("micro_batches").asInt();
  }

  double optimizer(String key) {
    return json.get("optimizer").get(key).asDouble();
  }

  /** Schedule that counts one sample per step. */
  LrSchedule schedule(int steps) {
    LrSettings settings =
        new LrSettings(
            LrDecayStyle.COSINE,
            optimizer("lr"),
            optimizer("min_lr"),
            new LrSettings.Warmup(0.0, 0.0, (int) optimizer("warmup")),
            OptionalInt.empty(),
            Optional.empty());
    return LrSchedule.create(settings, steps, 1);
  }

  /** One micro-batch of the run. */
  record MicroBatch(Batch batch, Video video) {
    ModelOutput forward(Qwen2VlModel net) {
      return net.forward(batch, video);
    }
  }

  /** The micro-batch of a number; text ids and pixels change with it. */
  MicroBatch microBatch(int number, ScalarType type) {
    JsonNode rows = json.get("batches").get(number % batchCount());
    List<long[]> ids = new ArrayList<>();
    List<int[]> images = new ArrayList<>();
    List<int[]> videos = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (JsonNode row : rows) {
      ids.add(shifted(row.get("row").asText(), number));
      addGrids(row.path("images"), images);
      addGrids(row.path("videos"), videos);
      names.add("sample-" + names.size());
    }
    int columns = ids.stream().mapToInt(row -> row.length).max().orElseThrow();
    long[] inputIds = new long[columns * ids.size()];
    long[] mask = new long[inputIds.length];
    long[] labels = new long[inputIds.length];
    boolean padLeft = json.get("pad_left").asBoolean();
    for (int row = 0; row < ids.size(); row++) {
      long[] real = ids.get(row);
      int first = row * columns + (padLeft ? columns - real.length : 0);
      System.arraycopy(real, 0, inputIds, first, real.length);
      java.util.Arrays.fill(mask, first, first + real.length, 1);
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = mask[i] == 1 && isText(inputIds[i]) ? inputIds[i] : -100;
    }
    HostBatch host =
        new HostBatch(
            ids.size(),
            columns,
            inputIds,
            mask,
            labels,
            pixels(IMAGE_FILL + 2L * number, images),
            images,
            names);
    Video video = Video.none();
    if (!videos.isEmpty()) {
      float[] values = pixels(VIDEO_FILL + 2L * number, videos);
      Tensor frames = HostTensors.of(values, values.length / patchValues(), patchValues());
      video = new Video(Optional.of(frames.to(type)), videos.stream().map(Grid::of).toList());
    }
    return new MicroBatch(Batch.of(host, TinyModels.cpu(), type), video);
  }

  private int textIds() {
    return json.get("config").get("vision_start_token_id").asInt() - FIRST_TEXT_ID;
  }

  private boolean isText(long id) {
    return id >= FIRST_TEXT_ID && id < FIRST_TEXT_ID + textIds();
  }

  private long[] shifted(String text, int number) {
    List<Long> ids = new ArrayList<>();
    for (String token : text.split(" ", -1)) {
      String[] range = token.split("-", -1);
      if (range.length == 2) {
        for (long id = Long.parseLong(range[0]); id <= Long.parseLong(range[1]); id++) {
          ids.add(id);
        }
      } else {
        for (long id : TinyModels.ids(token)) {
          ids.add(id);
        }
      }
    }
    return ids.stream()
        .mapToLong(
            id ->
                isText(id)
                    ? FIRST_TEXT_ID + (id - FIRST_TEXT_ID + (long) SHIFT * number) % textIds()
                    : id)
        .toArray();
  }

  private int patchValues() {
    return Math.toIntExact(config().vision().patchValues());
  }

  private float[] pixels(long p, List<int[]> grids) {
    int patches = grids.stream().mapToInt(grid -> grid[0] * grid[1] * grid[2]).sum();
    return FillRule.floats(p, patches * patchValues(), 1.5);
  }

  private static void addGrids(JsonNode grids, List<int[]> target) {
    for (JsonNode grid : grids) {
      target.add(new int[] {grid.get(0).asInt(), grid.get(1).asInt(), grid.get(2).asInt()});
    }
  }
}
