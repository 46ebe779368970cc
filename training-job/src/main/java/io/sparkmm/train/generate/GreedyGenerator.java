package io.sparkmm.train.generate;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.HostTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Continues texts with the most likely token at each step; of equally likely ones the lowest id
 * wins.
 */
public final class GreedyGenerator {
  private final DecodableModel model;
  private final Settings settings;

  /**
   * How to generate.
   *
   * @param maxNewTokens longest continuation, positive
   * @param eosIds tokens that end a text
   * @param padId token for padding, and for rows that have ended
   * @param device where the model is
   * @param computeType type of pixel values
   */
  public record Settings(
      int maxNewTokens, Set<Long> eosIds, long padId, Device device, ScalarType computeType) {
    public Settings {
      eosIds = Set.copyOf(eosIds);
      if (maxNewTokens < 1) {
        throw new IllegalArgumentException(
            "Cannot generate at most " + maxNewTokens + " tokens: at least 1 is needed");
      }
    }
  }

  /**
   * A continuation.
   *
   * @param ids new tokens without the one that ended the text
   * @param ended whether the text ended by itself, not by the limit
   */
  public record Continuation(long[] ids, boolean ended) {}

  /** Makes a generator over a model. */
  public GreedyGenerator(DecodableModel model, Settings settings) {
    this.model = Objects.requireNonNull(model, "model");
    this.settings = Objects.requireNonNull(settings, "settings");
  }

  /** Continues prompts as one batch; results in the order of the prompts. */
  public List<Continuation> generate(List<Prompt> prompts) {
    if (prompts.isEmpty()) {
      return List.of();
    }
    List<List<Long>> texts = new ArrayList<>();
    for (int row = 0; row < prompts.size(); row++) {
      texts.add(new ArrayList<>());
    }
    boolean[] ended = new boolean[prompts.size()];
    try (TensorScope scope = TensorScope.open()) {
      Batch batch =
          Batch.of(
              Prompt.batch(prompts, settings.padId()), settings.device(), settings.computeType());
      try (Decoding decoding = model.startDecoding(batch, settings.maxNewTokens())) {
        for (int step = 1; ; step++) {
          long[] next = best(decoding.logits());
          take(next, texts, ended);
          if (step == settings.maxNewTokens() || allTrue(ended)) {
            break;
          }
          decoding.feed(next);
        }
      }
    }
    List<Continuation> results = new ArrayList<>();
    for (int row = 0; row < ended.length; row++) {
      long[] ids = texts.get(row).stream().mapToLong(Long::longValue).toArray();
      results.add(new Continuation(ids, ended[row]));
    }
    return results;
  }

  /** Adds the tokens to the texts that go on; the others get padding. */
  private void take(long[] next, List<List<Long>> texts, boolean[] ended) {
    for (int row = 0; row < next.length; row++) {
      if (ended[row]) {
        next[row] = settings.padId();
      } else if (settings.eosIds().contains(next[row])) {
        ended[row] = true;
      } else {
        texts.get(row).add(next[row]);
      }
    }
  }

  private static long[] best(Tensor logits) {
    try (TensorScope scope = TensorScope.open()) {
      ScalarType wide = FloatTypes.atLeastFloat32(FloatTypes.of(logits));
      return HostTensors.longs(FloatTypes.cast(logits, wide).argmax(new LongOptional(-1), false));
    }
  }

  private static boolean allTrue(boolean[] flags) {
    for (boolean flag : flags) {
      if (!flag) {
        return false;
      }
    }
    return true;
  }
}
