package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.DataException;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetFormatsTest {
  @Test
  void findsFormatsByName() {
    assertThat(DatasetFormats.standard().get("llava")).isInstanceOf(LlavaFormat.class);
    assertThat(DatasetFormats.standard().get("sharegpt")).isInstanceOf(ShareGptFormat.class);
    assertThat(DatasetFormats.standard().names()).containsExactly("alpaca", "llava", "sharegpt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "multimodal_tool", "ShareGPT", ""})
  void refusesUnknownFormatsAndListsTheKnownOnes(String name) {
    assertThatThrownBy(() -> DatasetFormats.standard().get(name))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot read records with formatting \""
                + name
                + "\": supported are alpaca, llava, sharegpt")
        .extracting("kind")
        .isEqualTo(DataException.Kind.SETTING);
  }

  @Test
  void refusesTwoFormatsOfOneNameAndNamesBothClasses() {
    assertThatThrownBy(() -> DatasetFormats.of(List.of(new ShareGptFormat(), new Impostor())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot register format sharegpt: both "
                + ShareGptFormat.class.getName()
                + " and "
                + Impostor.class.getName()
                + " claim it");
  }

  @Test
  void takesFormatsOfOthers() {
    DatasetFormats formats = DatasetFormats.of(List.of(new Impostor()));

    assertThat(formats.names()).containsExactly("sharegpt");
    assertThat(formats.get("sharegpt")).isInstanceOf(Impostor.class);
    assertThatThrownBy(() -> formats.names().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private static final class Impostor implements DatasetFormat {
    @Override
    public String name() {
      return "sharegpt";
    }

    @Override
    public boolean matches(JsonNode node, Attributes attributes) {
      return true;
    }

    @Override
    public RecordParser parser(SourceSettings settings, Predicate<String> fileExists) {
      return new ShareGptFormat().parser(settings, fileExists);
    }
  }
}
