package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class SurvivalTest {
  private final SparkConf conf = new SparkConf(false);

  @Test
  void threeRestartsAndNoFaultsUnlessSomethingIsSaid() {
    Survival survival = Survival.read(Map.of(), Map.of());

    assertThat(survival).isEqualTo(Survival.DEFAULT);
    assertThat(survival.maxRestarts(conf)).isEqualTo(3);
    assertThat(survival.faultPlan(conf).isEmpty()).isTrue();
  }

  @Test
  void theCommandLineWinsOverEnvironmentAndApplication() {
    conf.set("spark.sparkmm.maxRestarts", "7").set("spark.sparkmm.faultPlan", "throw(0, 1)");
    Map<String, String> environment = Map.of("SPARKMM_FAULT_PLAN", "throw(0, 2)");

    assertThat(Survival.DEFAULT.maxRestarts(conf)).isEqualTo(7);
    assertThat(Survival.DEFAULT.faultPlan(conf).faults().get(0).step()).isEqualTo(1);
    assertThat(Survival.read(Map.of(), environment).faultPlan(conf).faults().get(0).step())
        .isEqualTo(2);
    Survival said =
        Survival.read(Map.of("--max-restarts", "0", "--fault-plan", "throw(0, 3)"), environment);
    assertThat(said.maxRestarts()).isEqualTo(OptionalInt.of(0));
    assertThat(said.faultPlan(conf).faults().get(0).step()).isEqualTo(3);
  }

  @Test
  void limitsComeFromTheApplication() {
    assertThat(Survival.patience(conf, Duration.ofMinutes(20)).stall())
        .isEqualTo(Duration.ofMinutes(20));

    conf.set("spark.sparkmm.stallTimeout", "90s").set("spark.sparkmm.slotsTimeout", "2min");
    Patience patience = Survival.patience(conf, Duration.ofMinutes(20));
    assertThat(patience.stall()).isEqualTo(Duration.ofSeconds(90));
    assertThat(patience.slots()).isEqualTo(Duration.ofMinutes(2));
  }

  @Test
  void wrongValuesAreNamed() {
    assertThatThrownBy(() -> Survival.read(Map.of("--max-restarts", "-1"), Map.of()))
        .hasMessage("Cannot use --max-restarts = '-1': it must be a whole number of at least 0");
    assertThatThrownBy(() -> Survival.read(Map.of("--fault-plan", "explode()"), Map.of()))
        .hasMessageStartingWith("Cannot read 'explode()' in the fault plan: there is no fault of");
  }
}
