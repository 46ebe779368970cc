package io.sparkmm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SparkMmTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> received = new ArrayList<>();

  private int run(String... args) {
    Verb verb =
        new Verb(
            "train",
            "trains",
            String.class,
            words -> {
              received.addAll(List.of(words));
              return 7;
            });
    Verb longer = new Verb("sample-data", "draws", String.class, words -> 0);
    return new SparkMm(
            Verbs.of(List.of(verb, longer)), new PrintWriter(out, true), new PrintWriter(err, true))
        .run(args);
  }

  @Test
  void passesTheRestToTheVerbAndReturnsItsCode() {
    assertThat(run("train", "--help", "x y")).isEqualTo(7);
    assertThat(received).containsExactly("--help", "x y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "help"})
  void printsHelp(String word) {
    assertThat(run(word)).isZero();
    assertThat(out.toString())
        .startsWith("Usage: sparkmm [spark-submit options] <verb> [options]")
        .contains("  sample-data  draws")
        .contains("  train        trains");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void noVerbIsWrongUsage() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).startsWith("Usage: sparkmm");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void printsItsVersion() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("sparkmm ");
  }

  @Test
  void unknownVerbIsWrongUsageWithTheNearest() {
    assertThat(run("tarin")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("sparkmm: there is no verb tarin; did you mean train?")
        .contains("Verbs:");
    assertThat(received).isEmpty();
  }

  @Test
  void unknownVerbWithoutNeighbourListsAll() {
    assertThat(run("zzzzzzzz")).isEqualTo(2);
    assertThat(err.toString().lines().findFirst()).contains("sparkmm: there is no verb zzzzzzzz");
  }
}
