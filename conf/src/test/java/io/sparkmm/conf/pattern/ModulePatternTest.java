package io.sparkmm.conf.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.conf.pattern.ModulePattern.Kind;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModulePatternTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"lm_head", "text_decoder.embedding", "model.layers.3.mlp", "visual.merger.mlp.0"})
  void aPlainPathIsOneModule(String path) {
    ModulePattern pattern = ModulePattern.parse(path);

    assertThat(pattern.kind()).isEqualTo(Kind.PATH);
    assertThat(pattern.prefix()).isEqualTo(path);
    assertThat(pattern.indices()).isEmpty();
    assertThat(pattern.suffix()).isEmpty();
    assertThat(pattern).hasToString(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.layers.{*}", "model.layers{*}", "model.layers.{ * }"})
  void aStarIsEveryElement(String text) {
    ModulePattern pattern = ModulePattern.parse(text);

    assertThat(pattern.kind()).isEqualTo(Kind.ALL);
    assertThat(pattern.prefix()).isEqualTo("model.layers");
    assertThat(pattern.suffix()).isEmpty();
    assertThat(pattern.text()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{0} | 0",
        "{0-3} | 0 1 2 3",
        "{1,3,5} | 1 3 5",
        "{5,1,3} | 1 3 5",
        "{0-2,2-4} | 0 1 2 3 4",
        "{0-2,4-5} | 0 1 2 4 5",
        "{7,0-2,1} | 0 1 2 7",
        "{3-3} | 3",
        "{ 1 , 3 - 5 } | 1 3 4 5",
        "{007} | 7",
      })
  void indicesAreSortedAndWithoutDuplicates(String braces, String expected) {
    List<Integer> indices = Arrays.stream(expected.split(" ", -1)).map(Integer::valueOf).toList();

    assertThat(ModulePattern.parse("a.b." + braces).indices()).isEqualTo(indices);
    assertThat(ModulePattern.parse("a.b" + braces).indices()).isEqualTo(indices);
  }

  @Test
  void rangesMayBeLong() {
    assertThat(ModulePattern.parse("layers.{0-20,22-40}").indices())
        .hasSize(40)
        .doesNotContain(21)
        .contains(0, 20, 22, 40);
  }

  @Test
  void aPathMayFollowTheBraces() {
    ModulePattern pattern = ModulePattern.parse("visual.blocks.{*}.attn.qkv");

    assertThat(pattern.kind()).isEqualTo(Kind.ALL);
    assertThat(pattern.prefix()).isEqualTo("visual.blocks");
    assertThat(pattern.suffix()).isEqualTo("attn.qkv");
    assertThat(pattern.pathOf(4)).isEqualTo("visual.blocks.4.attn.qkv");
    assertThat(ModulePattern.parse("a.{1}").pathOf(1)).isEqualTo("a.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | the pattern is empty",
        "'  ' | the pattern is empty",
        "model.layers.{* | mismatched braces",
        "model.layers.*} | mismatched braces",
        "a.{{1} | mismatched braces",
        "model.layers.}0-3{ | invalid brace order: '}' stands before '{'",
        "a.{*}.b.{*} | multiple brace pairs: only one pair is allowed per entry",
        "a.{*}.b.{0-3} | multiple brace pairs: only one pair is allowed per entry",
        "a.{{1}} | multiple brace pairs: only one pair is allowed per entry",
        "{*} | the path of the list before '{' is missing",
        ".{*} | the path of the list before '{' is missing",
        "layers.{} | '' is not an index, range or '*'",
        "layers.{ } | '' is not an index, range or '*'",
        "layers.{a} | 'a' is not an index, range or '*'",
        "layers.{1-2-3} | '1-2-3' is not an index, range or '*'",
        "layers.{-3} | '-3' is not an index, range or '*'",
        "layers.{3-} | '3-' is not an index, range or '*'",
        "layers.{*,3} | '*' is not an index, range or '*'",
        "layers.{3,*} | '*' is not an index, range or '*'",
        "layers.{1,} | '' is not an index, range or '*'",
        "layers.{,1} | '' is not an index, range or '*'",
        "layers.{1 2} | '1 2' is not an index, range or '*'",
        "layers.{1.5} | '1.5' is not an index, range or '*'",
        "layers.{9999999999} | '9999999999' is not an index, range or '*'",
        "layers.{5-3} | the range 5-3 has its start > its end",
        "layers.{0-100000} | more than 100000 indices are selected",
        "layers.{0-99999,100000-100001} | more than 100000 indices are selected",
        "layers.{0}attn | '}' must be followed by '.' or by nothing",
        "layers.{0}. | the path after '}' is not a dotted path of names: a name is empty",
        "layers.{0}..attn | the path after '}' is not a dotted path of names: a name is empty",
        "layers..{0} | the path before '{' is not a dotted path of names: a name is empty",
        "a..b | the path is not a dotted path of names: a name is empty",
        ".a | the path is not a dotted path of names: a name is empty",
        "a. | the path is not a dotted path of names: a name is empty",
        "layers.* | the path is not a dotted path of names: '*' is not a name",
        "'a b' | the path is not a dotted path of names: 'a b' is not a name",
        "' a' | the path is not a dotted path of names: ' a' is not a name",
        "a,b | the path is not a dotted path of names: 'a,b' is not a name",
      })
  void refusesWhatIsNoPattern(String text, String reason) {
    assertThatThrownBy(() -> ModulePattern.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(reason);
  }

  @Test
  void takesAsManyIndicesAsAllowed() {
    assertThat(ModulePattern.parse("layers.{0-99999}").indices())
        .hasSize(ModulePattern.MAX_INDICES);
  }
}
