package io.sparkmm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VerbsTest {

  private static Verb verb(String name, Class<?> owner) {
    return new Verb(name, "does " + name, owner, args -> args.length);
  }

  private final Verbs verbs =
      Verbs.of(
          List.of(
              verb("train", String.class),
              verb("env", String.class),
              verb("prepare", String.class)));

  @Test
  void findsVerbsByName() {
    assertThat(verbs.find("train")).map(Verb::description).contains("does train");
    assertThat(verbs.find("Train")).isEmpty();
  }

  @Test
  void listsVerbsSortedByName() {
    assertThat(verbs.all().keySet()).containsExactly("env", "prepare", "train");
  }

  @Test
  void refusesTwoVerbsOfOneNameAndNamesBothClasses() {
    assertThatThrownBy(
            () -> Verbs.of(List.of(verb("env", String.class), verb("env", Integer.class))))
        .hasMessage(
            "Cannot register verb env of java.lang.Integer: java.lang.String has registered it"
                + " before");
  }

  @ParameterizedTest
  @CsvSource({"trian,train", "prepar,prepare", "en,env", "environ,", "x,", "quickstart,"})
  void suggestsOnlyWhatIsNear(String word, String expected) {
    assertThat(verbs.nearest(word)).isEqualTo(Optional.ofNullable(expected));
  }

  @Test
  void standardVerbsAreDescribed() {
    assertThat(Verbs.standard().all()).containsKey("env");
    assertThat(Verbs.standard().all().values())
        .allSatisfy(verb -> assertThat(verb.description()).isNotBlank());
  }
}
