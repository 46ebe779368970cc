package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class MllmJsonTest {
  @Test
  void writesImagesBeforeMessages() {
    SftSample sample =
        new SftSample("", List.of(new Turn(Role.USER, "你好")), List.of(new ImageRef("a.jpg")));

    assertThat(MllmJson.toJson(sample))
        .hasToString(
            "{\"images\":[\"a.jpg\"],\"messages\":[{\"role\":\"user\",\"content\":\"你好\"}]}");
  }

  @Test
  void refusesASystemText() {
    assertThatThrownBy(() -> MllmJson.toJson(new SftSample("s", List.of(), List.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot write an mllm record: the sample has the system text \"s\"");
  }

  @Property(seed = "1", tries = 200)
  void isReadBackAsTheSameSample(@ForAll("samples") SftSample sample) {
    RecordParser parser =
        new ShareGptFormat().parser(SourceSettings.of(Attributes.mllm(), ""), path -> false);

    assertThat(parser.parse(MllmJson.toJson(sample))).isEqualTo(new ParseResult.Parsed(sample));
  }

  @Provide
  Arbitrary<SftSample> samples() {
    Arbitrary<List<Turn>> turns =
        Combinators.combine(Arbitraries.strings(), Arbitraries.strings())
            .as(
                (question, answer) ->
                    List.of(new Turn(Role.USER, question), new Turn(Role.ASSISTANT, answer)))
            .list()
            .ofMinSize(1)
            .ofMaxSize(4)
            .map(exchanges -> exchanges.stream().flatMap(List::stream).toList());
    // Paths that begin like a URI or hold NUL are not read back; a folder in front makes them
    // plain.
    Arbitrary<List<ImageRef>> images =
        Arbitraries.strings()
            .map(name -> new ImageRef("set/" + name.replace('\0', '0').replace("..", "dots")))
            .list()
            .ofMaxSize(3);
    return Combinators.combine(turns, images).as((t, i) -> new SftSample("", t, i));
  }
}
