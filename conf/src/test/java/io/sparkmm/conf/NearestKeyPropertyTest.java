package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class NearestKeyPropertyTest {
  private static final List<String> KEYS =
      List.of("sharding_size", "param_dtype", "reduce_dtype", "offload_to_cpu", "pin_memory");

  @Provide
  Arbitrary<String> words() {
    return Arbitraries.strings().withChars("abc_").ofMaxLength(8);
  }

  @Provide
  Arbitrary<String> keys() {
    return Arbitraries.of(KEYS);
  }

  @Property(seed = "1")
  void aDetourIsNeverShorterThanItsPartsAllow(
      @ForAll("words") String a, @ForAll("words") String b) {
    int distance = NearestKey.distance(a, b);

    assertThat(distance).isGreaterThanOrEqualTo(Math.abs(a.length() - b.length()));
    assertThat(NearestKey.distance(a + "x", b + "x")).isLessThanOrEqualTo(distance);
    assertThat(NearestKey.distance("x" + a, b)).isBetween(distance - 1, distance + 1);
  }

  @Property(seed = "1")
  void oneLetterLeftOutIsFound(@ForAll("keys") String key, @ForAll int seed) {
    int at = Math.floorMod(seed, key.length());
    String wrong = key.substring(0, at) + key.substring(at + 1);

    assertThat(NearestKey.distance(key, wrong)).isEqualTo(1);
    assertThat(NearestKey.find(wrong, KEYS)).contains(key);
  }

  @Property(seed = "1")
  void oneLetterReplacedIsFound(@ForAll("keys") String key, @ForAll int seed) {
    int at = Math.floorMod(seed, key.length());
    String wrong = key.substring(0, at) + "#" + key.substring(at + 1);

    assertThat(NearestKey.distance(key, wrong)).isEqualTo(1);
    assertThat(NearestKey.find(wrong, KEYS)).contains(key);
  }

  @Property(seed = "1")
  void twoNeighboursSwappedAreFound(@ForAll("keys") String key, @ForAll int seed) {
    int at = Math.floorMod(seed, key.length() - 1);
    StringBuilder wrong = new StringBuilder(key);
    wrong.setCharAt(at, key.charAt(at + 1));
    wrong.setCharAt(at + 1, key.charAt(at));

    assertThat(NearestKey.distance(key, wrong.toString())).isLessThanOrEqualTo(1);
    assertThat(NearestKey.find(wrong.toString(), KEYS)).contains(key);
  }

  @Property(seed = "1")
  void lettersInAnotherCaseAreTheSame(@ForAll("keys") String key) {
    assertThat(NearestKey.find(key.toUpperCase(Locale.ROOT), KEYS)).contains(key);
  }

  @Property(seed = "1")
  void aHintNamesOneOfTheCandidatesThatIsNearest(@ForAll("words") String word) {
    List<String> candidates = List.of("aaaa", "abcabc", "c_c", "bb");
    List<Integer> distances = new ArrayList<>();
    candidates.forEach(candidate -> distances.add(NearestKey.distance(word, candidate)));

    NearestKey.find(word, candidates)
        .ifPresent(
            near ->
                assertThat(distances.get(candidates.indexOf(near)))
                    .isEqualTo(distances.stream().min(Integer::compare).orElseThrow()));
  }

  @Example
  void nothingIsNearWithoutCandidates() {
    assertThat(NearestKey.find("a", List.of())).isEmpty();
    assertThat(NearestKey.hint("a", List.of())).isEmpty();
    assertThat(NearestKey.hint("param_type", KEYS)).isEqualTo("; did you mean param_dtype?");
  }
}
