package io.sparkmm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class EnvMainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return EnvMain.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  @Test
  void findsEverythingThatTheTestsThemselvesNeed() {
    assertThat(run("--disk-mib", "1")).as(out::toString).isZero();
    assertThat(out.toString())
        .containsPattern("product of two matrices +right")
        .containsPattern("native library +splits right")
        .containsPattern("collectives gloo +libtorch's Gloo")
        .containsPattern("cpu capability +\\w+")
        .contains("Everything for training on CPUs is there");
  }

  @Test
  void refusesAnOddDiskSize() {
    assertThat(run("--disk-mib", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--disk-mib must be from 1 to 1024, got 0");
  }

  @Test
  void printsItsOptions() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("--disk-mib").contains("Exit codes: 0");
  }
}
