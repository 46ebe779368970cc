package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.generate.Decoding;
import io.sparkmm.train.generate.GreedyGenerator;
import io.sparkmm.train.generate.GreedyGenerator.Continuation;
import io.sparkmm.train.generate.Prompt;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.torch.HostTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GreedyGenerationTest {
  private static final List<int[]> GRIDS = List.of(new int[] {1, 4, 6}, new int[] {1, 2, 4});
  private static final String LONG = "5 6 7 150 151x6 153 8 9";
  private static final String SHORT = "12 150 151x2 153 13";

  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  @Test
  void cachedDecodingEqualsOneFullForward() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    long[][] continuation = {{20, 21, 22, 23}, {30, 31, 32, 33}};
    Batch prompts = on(TinyModels.host(GRIDS, true, LONG, SHORT));
    Tensor full =
        model.logits(
            on(TinyModels.host(GRIDS, true, LONG + " 20 21 22 23", SHORT + " 30 31 32 33")));
    int width = prompts.host().columns();
    try (Decoding decoding = model.startDecoding(prompts, 4)) {
      for (int step = 0; step <= 4; step++) {
        for (int row = 0; row < 2; row++) {
          double[] expected = HostTensors.doubles(full.select(0, row).select(0, width - 1L + step));
          assertThat(HostTensors.doubles(decoding.logits().select(0, row)))
              .as("step %d, row %d", step, row)
              .containsExactly(expected, within(1e-4));
        }
        if (step < 4) {
          decoding.feed(new long[] {continuation[0][step], continuation[1][step]});
        }
      }
    }
  }

  @Test
  void batchedGenerationEqualsRepeatedFullForwards() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    List<Prompt> prompts =
        List.of(
            prompt("long", LONG, GRIDS.get(0)),
            prompt("short", SHORT, GRIDS.get(1)),
            prompt("text", "9 8 7"));
    List<Continuation> continuations = generator(model, 6, Set.of()).generate(prompts);
    for (int row = 0; row < prompts.size(); row++) {
      assertThat(continuations.get(row).ids())
          .as(prompts.get(row).id())
          .containsExactly(slowly(model, prompts.get(row), 6));
      assertThat(continuations.get(row).ended()).isFalse();
    }
  }

  @Test
  void rowsEndAtTheirOwnEndToken() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    List<Prompt> prompts =
        List.of(prompt("long", LONG, GRIDS.get(0)), prompt("short", SHORT, GRIDS.get(1)));
    long[] free = slowly(model, prompts.get(0), 6);
    long[] other = slowly(model, prompts.get(1), 6);
    long end = free[2];
    List<Continuation> continuations = generator(model, 6, Set.of(end)).generate(prompts);
    int cut = indexOf(free, end);
    assertThat(continuations.get(0).ids()).containsExactly(Arrays.copyOf(free, cut));
    assertThat(continuations.get(0).ended()).isTrue();
    int otherCut = indexOf(other, end);
    assertThat(continuations.get(1).ids())
        .containsExactly(otherCut < 0 ? other : Arrays.copyOf(other, otherCut));
    assertThat(continuations.get(1).ended()).isEqualTo(otherCut >= 0);
  }

  @Test
  void promptPaddedOnTheRightIsRefused() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Batch prompts = on(TinyModels.host(GRIDS, false, LONG, SHORT));
    assertThatThrownBy(() -> model.startDecoding(prompts, 4))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("Cannot continue sample sample-1")
        .hasMessageContaining("pad prompts on the left");
  }

  @Test
  void decodingKeepsNoMemoryOfEarlierRuns() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    List<Prompt> prompts = List.of(prompt("long", LONG, GRIDS.get(0)));
    GreedyGenerator generator = generator(model, 5, Set.of());
    assertThat(generator.generate(prompts).get(0).ids())
        .isEqualTo(generator.generate(prompts).get(0).ids());
  }

  private static GreedyGenerator generator(Qwen2VlModel model, int tokens, Set<Long> end) {
    return new GreedyGenerator(
        model, new GreedyGenerator.Settings(tokens, end, 0, TinyModels.cpu(), ScalarType.Float));
  }

  private static Prompt prompt(String name, String text, int[]... grids) {
    List<int[]> list = List.of(grids);
    return new Prompt(
        name, TinyModels.ids(text), TinyModels.pixels(TinyModels.IMAGE_FILL, list), list);
  }

  /** One full forward over the whole text for each new token. */
  private static long[] slowly(Qwen2VlModel model, Prompt prompt, int count) {
    List<Long> ids = new ArrayList<>();
    Arrays.stream(prompt.ids()).forEach(ids::add);
    try (NoGradGuard guard = new NoGradGuard()) {
      for (int step = 0; step < count; step++) {
        Prompt longer =
            new Prompt(
                prompt.id(),
                ids.stream().mapToLong(Long::longValue).toArray(),
                prompt.pixelValues(),
                prompt.imageGrids());
        Tensor logits = model.logits(on(Prompt.batch(List.of(longer), 0)));
        ids.add(logits.select(0, 0).select(0, ids.size() - 1L).argmax().item_long());
      }
    }
    return ids.stream().skip(prompt.ids().length).mapToLong(Long::longValue).toArray();
  }

  private static int indexOf(long[] values, long value) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == value) {
        return i;
      }
    }
    return -1;
  }

  private static Batch on(HostBatch host) {
    return Batch.of(host, TinyModels.cpu(), ScalarType.Float);
  }
}
