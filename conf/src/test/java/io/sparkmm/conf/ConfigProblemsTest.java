package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigProblemsTest {

  @Test
  void leavesOutWhatIsEmpty() {
    assertThat(new ConfigProblem("f", "k", "v", "m")).hasToString("f: k = v: m");
    assertThat(new ConfigProblem("f", "k", "", "m")).hasToString("f: k: m");
    assertThat(new ConfigProblem("f", "", "", "m")).hasToString("f: m");
  }

  @Test
  void warningsStopNothing() {
    ConfigProblems problems = new ConfigProblems();
    problems.warn("f", "k", "v", "odd");

    assertThatCode(problems::throwIfAny).doesNotThrowAnyException();
    assertThat(problems.warnings()).hasSize(1);
    assertThat(problems.count()).isZero();
  }

  @Test
  void listsAllProblemsOnePerLine() {
    ConfigProblems problems = new ConfigProblems();
    problems.add("a.json", "x", "1", "is wrong");
    problems.addAll(List.of(new ConfigProblem("b.json", "", "", "is missing")));

    ConfigException exception = catchThrowableOfType(ConfigException.class, problems::throwIfAny);

    assertThat(exception)
        .hasMessage(
            """
            Cannot use the configuration: 2 problems
              a.json: x = 1: is wrong
              b.json: is missing""");
    assertThat(exception.problems()).isEqualTo(problems.problems());
  }

  @Test
  void anExceptionNeedsAProblem() {
    assertThatThrownBy(() -> new ConfigException(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("without problems");
  }
}
