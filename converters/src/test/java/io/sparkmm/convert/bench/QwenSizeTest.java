package io.sparkmm.convert.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.command.HfToMm;
import io.sparkmm.convert.command.HfToMmOptions;
import io.sparkmm.convert.model.ModelFamilies;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.SourceFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QwenSizeTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"2B, 2208985600", "7B, 8291375616", "72B, 73405560320"})
  void hasThePublishedNumberOfParameters(String name, long parameters) {
    assertThat(QwenSize.of(name).tensors().stream().mapToLong(TensorSpec::elements).sum())
        .isEqualTo(parameters);
  }

  @Test
  void theConverterTakesItForAModelOfItsFamily() throws IOException {
    QwenSize size = QwenSize.of("2B").withLayers(4);
    ModelFolder.writeSparse(size, folder.resolve("hf"));
    ConversionPlan plan =
        HfToMm.plan(
            ModelFamilies.standard().family("Qwen2VLConverter"),
            new HfToMmOptions(
                folder.resolve("mm"),
                BenchLayout.parse(BenchLayout.text(2, 4, size.visionDepth(), size.layers())),
                folder.resolve("hf"),
                Optional.empty(),
                false,
                false,
                false));

    assertThat(plan.files()).hasSize(8);
  }

  @Test
  void randomBytesDoNotDependOnHowTheyAreRead() {
    RandomContent content = new RandomContent(TensorSpec.of("w", DType.U8, 1000));
    byte[] whole = read(content, 0, 1000);

    for (int at = 0; at < 40; at++) {
      assertThat(read(content, at, 33)).isEqualTo(java.util.Arrays.copyOfRange(whole, at, at + 33));
    }
  }

  private static byte[] read(RandomContent content, int offset, int count) {
    ByteBuffer target = ByteBuffer.allocateDirect(count);
    try (SourceFiles files = new SourceFiles()) {
      content.read(offset, target, files);
    }
    byte[] bytes = new byte[count];
    target.flip().get(bytes);
    return bytes;
  }
}
