package io.sparkmm.train.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;

/** Values that a script in {@code src/test/golden} has computed with PyTorch. */
public final class Golden {
  private Golden() {}

  /** Reads a JSON file of the golden folder. */
  public static JsonNode read(String name) throws IOException {
    return new ObjectMapper().readTree(Path.of("src", "test", "golden", name).toFile());
  }

  /** An array of numbers. */
  public static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }
}
