package io.sparkmm.train.model.qwen2vl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The tiny model and batches that the tests of this package run. */
final class TinyModels {
  static final int PATCH_VALUES = 96;
  static final long IMAGE_FILL = 1000;
  static final long VIDEO_FILL = 1001;
  private static final ObjectMapper JSON = new ObjectMapper();

  private TinyModels() {}

  static JsonNode json(String resource) {
    try (InputStream in = TinyModels.class.getResourceAsStream("/models/" + resource)) {
      return JSON.readTree(Objects.requireNonNull(in, resource));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Qwen2VlConfig config() {
    return Qwen2VlConfigParser.fromHfJson(json("qwen2vl.json"));
  }

  static Qwen2VlModel model(ScalarType type) {
    return model(config(), type);
  }

  static Qwen2VlModel model(Qwen2VlConfig config, ScalarType type) {
    Qwen2VlModel model = new Qwen2VlModel(config);
    FillRule.fill(model, type);
    return model;
  }

  static Device cpu() {
    return new Device("cpu");
  }

  /** Pixels of the fill rule for all grids in order. */
  static float[] pixels(long p, List<int[]> grids) {
    int patches = 0;
    for (int[] grid : grids) {
      patches += grid[0] * grid[1] * grid[2];
    }
    return FillRule.floats(p, patches * PATCH_VALUES, 1.5);
  }

  /** Token ids from a text such as {@code 5 150 151x6 153}. */
  static long[] ids(String text) {
    List<Long> ids = new ArrayList<>();
    for (String token : text.split(" ", -1)) {
      String[] parts = token.split("x", -1);
      int count = parts.length == 1 ? 1 : Integer.parseInt(parts[1]);
      for (int i = 0; i < count; i++) {
        ids.add(Long.parseLong(parts[0]));
      }
    }
    return ids.stream().mapToLong(Long::longValue).toArray();
  }

  /** A right-padded batch with pixels of the fill rule; labels are the ids between 7 and 150. */
  static HostBatch host(List<int[]> grids, String... rows) {
    return host(grids, false, rows);
  }

  static HostBatch host(List<int[]> grids, boolean padLeft, String... rows) {
    int columns = 0;
    for (String row : rows) {
      columns = Math.max(columns, ids(row).length);
    }
    long[] ids = new long[rows.length * columns];
    long[] mask = new long[ids.length];
    long[] labels = new long[ids.length];
    List<String> names = new ArrayList<>();
    for (int row = 0; row < rows.length; row++) {
      long[] real = ids(rows[row]);
      int first = row * columns + (padLeft ? columns - real.length : 0);
      for (int i = 0; i < real.length; i++) {
        ids[first + i] = real[i];
        mask[first + i] = 1;
      }
      names.add("sample-" + row);
    }
    for (int i = 0; i < ids.length; i++) {
      labels[i] = mask[i] == 1 && ids[i] > 7 && ids[i] < 150 ? ids[i] : -100;
    }
    return new HostBatch(
        rows.length, columns, ids, mask, labels, pixels(IMAGE_FILL, grids), grids, names);
  }

  static Batch batch(ScalarType type, List<int[]> grids, String... rows) {
    return Batch.of(host(grids, rows), cpu(), type);
  }
}
