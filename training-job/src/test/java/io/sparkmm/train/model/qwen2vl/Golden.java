package io.sparkmm.train.model.qwen2vl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.torch.HostTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A file that {@code make_qwen2vl.py} wrote. */
record Golden(JsonNode json) {
  private static final Path FOLDER = Path.of("src", "test", "golden");

  static Golden read(String name) {
    try {
      return new Golden(new ObjectMapper().readTree(file(name).toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path file(String name) {
    return FOLDER.resolve(name);
  }

  Qwen2VlConfig config() {
    return Qwen2VlConfigParser.fromHfJson(json.get("config"));
  }

  List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    json.get("cases").forEach(node -> cases.add(new Case(node)));
    return cases;
  }

  /** One batch and what transformers computed for it. */
  record Case(JsonNode json) {
    String name() {
      return json.get("name").asText();
    }

    Batch batch() {
      String[] rows = new String[json.get("rows").size()];
      for (int row = 0; row < rows.length; row++) {
        rows[row] = json.get("rows").get(row).asText();
      }
      boolean padLeft = json.get("pad_left").asBoolean();
      return Batch.of(
          TinyModels.host(grids("images"), padLeft, rows), TinyModels.cpu(), ScalarType.Float);
    }

    Video video() {
      List<int[]> grids = grids("videos");
      if (grids.isEmpty()) {
        return Video.none();
      }
      float[] pixels = TinyModels.pixels(TinyModels.VIDEO_FILL, grids);
      Tensor tensor =
          HostTensors.of(pixels, pixels.length / TinyModels.PATCH_VALUES, TinyModels.PATCH_VALUES);
      return new Video(Optional.of(tensor), grids.stream().map(Grid::of).toList());
    }

    private List<int[]> grids(String key) {
      List<int[]> grids = new ArrayList<>();
      for (JsonNode grid : json.get(key)) {
        grids.add(new int[] {grid.get(0).asInt(), grid.get(1).asInt(), grid.get(2).asInt()});
      }
      return grids;
    }
  }

  static double[] numbers(JsonNode array) {
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.get(i).asDouble();
    }
    return numbers;
  }

  /** The elements that the script picks of a tensor. */
  static double[] sample(double[] values, int count) {
    int step = Math.max(1, values.length / count);
    int length = Math.min(count, (values.length + step - 1) / step);
    double[] picked = new double[length];
    for (int i = 0; i < length; i++) {
      picked[i] = values[i * step];
    }
    return picked;
  }
}
