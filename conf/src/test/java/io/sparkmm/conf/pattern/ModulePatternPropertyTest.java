package io.sparkmm.conf.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.conf.pattern.ModulePattern.Kind;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ModulePatternPropertyTest {

  /** One item of a set: an index or a range. */
  record Item(int start, int end, boolean range, String blank) {
    String text() {
      return range ? blank + start + blank + "-" + blank + end + blank : blank + start + blank;
    }

    IntStream indices() {
      return range ? IntStream.rangeClosed(start, end) : IntStream.of(start);
    }
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.strings()
        .withCharRange('a', 'z')
        .withChars('_')
        .numeric()
        .ofMinLength(1)
        .ofMaxLength(6)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(names -> String.join(".", names));
  }

  @Provide
  Arbitrary<List<Item>> items() {
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 60);
    return Combinators.combine(
            numbers, numbers, Arbitraries.of(true, false), Arbitraries.of("", " ", "  "))
        .as((a, b, range, blank) -> new Item(Math.min(a, b), Math.max(a, b), range, blank))
        .list()
        .ofMinSize(1)
        .ofMaxSize(6);
  }

  @Property(seed = "1")
  void anyPathSelectsItself(@ForAll("paths") String path) {
    assertThat(ModulePattern.parse(path).prefix()).isEqualTo(path);
    assertThat(ModulePattern.parse(path).kind()).isEqualTo(Kind.PATH);
  }

  @Property(seed = "1")
  void anySetIsTheSortedUnionOfItsItems(
      @ForAll("paths") String prefix,
      @ForAll("items") List<Item> items,
      @ForAll("paths") String suffix,
      @ForAll boolean dotted) {
    String set = items.stream().map(Item::text).collect(Collectors.joining(","));
    String text = prefix + (dotted ? ".{" : "{") + set + "}." + suffix;
    TreeSet<Integer> expected =
        items.stream()
            .flatMap(item -> item.indices().boxed())
            .collect(Collectors.toCollection(TreeSet::new));

    ModulePattern pattern = ModulePattern.parse(text);

    assertThat(pattern.kind()).isEqualTo(Kind.INDICES);
    assertThat(pattern.indices()).containsExactlyElementsOf(expected);
    assertThat(pattern.prefix()).isEqualTo(prefix);
    assertThat(pattern.suffix()).isEqualTo(suffix);
  }

  @Property(seed = "1")
  void aReversedRangeIsRefused(@ForAll("paths") String prefix, @ForAll("items") List<Item> items) {
    Item item = items.get(0);
    int start = item.end() + 1;

    assertThatThrownBy(() -> ModulePattern.parse(prefix + ".{" + start + "-" + item.start() + "}"))
        .hasMessageContaining("has its start > its end");
  }

  @Property(seed = "1")
  void anyTextIsReadOrRefusedWithAReason(@ForAll("braceTexts") String text) {
    try {
      ModulePattern pattern = ModulePattern.parse(text);
      assertThat(pattern.text()).isEqualTo(text);
      assertThat(pattern.prefix()).isNotEmpty();
      assertThat(pattern.indices()).isSorted().doesNotHaveDuplicates();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Provide
  Arbitrary<String> braceTexts() {
    return Arbitraries.strings().withChars("ab.{}*,-0129 ").ofMaxLength(14);
  }

  @Property(seed = "1")
  void everyIndexThatExistsIsFoundAndEveryOtherRemarkedOn(@ForAll("items") List<Item> items) {
    int size = 30;
    String set = items.stream().map(Item::text).collect(Collectors.joining(","));
    ModulePattern pattern = ModulePattern.parse("layers.{" + set + "}");
    ListedTree tree = new ListedTree().list("layers", size);

    ModuleSelection selection = ModuleSelection.resolve(List.of(pattern), tree);

    List<String> inside =
        pattern.indices().stream().filter(i -> i < size).map(i -> "layers." + i).toList();
    assertThat(selection.paths()).isEqualTo(inside);
    assertThat(selection.errors()).hasSize(inside.isEmpty() ? 1 : 0);
    int outside = inside.isEmpty() ? 0 : pattern.indices().size() - inside.size();
    assertThat(selection.warnings()).hasSize(outside);
  }
}
