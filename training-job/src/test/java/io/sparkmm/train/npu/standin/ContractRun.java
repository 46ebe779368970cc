package io.sparkmm.train.npu.standin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One case of the driver program {@code contract}, with assertions on codes and records. */
final class ContractRun {
  private final StandInRun run;

  private ContractRun(StandInRun run) {
    this.run = run;
  }

  /**
   * Runs a case.
   *
   * @param line name of the case, then an argument if it takes one
   * @param environment {@code NAME=value} entries
   */
  static ContractRun of(Path folder, String line, String... environment) {
    Map<String, String> variables = new HashMap<>();
    for (String entry : environment) {
      int at = entry.indexOf('=');
      variables.put(entry.substring(0, at), entry.substring(at + 1));
    }
    StandInRun run = StandInRun.of(folder, variables, "contract", line.split(" "));
    assertThat(run.exit()).as(run.errors()).isZero();
    return new ContractRun(run);
  }

  /** Asserts what a call printed; the name is {@code rank.call}. */
  ContractRun returns(String name, long value) {
    assertThat(run.values()).as(run.errors()).containsEntry(name, value);
    return this;
  }

  /** Asserts a record of a wrong use whose message has the text. */
  ContractRun violates(int check, String text) {
    assertThat(run.report().violations())
        .as(run.errors())
        .anySatisfy(entry -> matches(entry, check, text));
    return this;
  }

  /** Asserts a record of a doubtful use whose message has the text. */
  ContractRun warns(int check, String text) {
    assertThat(run.report().warnings())
        .as(run.errors())
        .anySatisfy(entry -> matches(entry, check, text));
    return this;
  }

  /** Asserts that only these checks found wrong uses. */
  ContractRun onlyViolates(Integer... checks) {
    assertThat(run.report().violations())
        .as(run.errors())
        .extracting(StandInReport.Entry::check)
        .containsOnly(checks);
    return this;
  }

  /** Asserts that nothing at all was recorded. */
  ContractRun isClean() {
    assertThat(run.report().entries()).as(run.errors()).isEmpty();
    return this;
  }

  /** Asserts that standard error has the texts. */
  ContractRun says(String... texts) {
    assertThat(run.errors()).contains(List.of(texts));
    return this;
  }

  private static void matches(StandInReport.Entry entry, int check, String text) {
    assertThat(entry.check()).isEqualTo(check);
    assertThat(entry.message()).contains(text);
  }
}
