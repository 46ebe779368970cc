package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

class SparkSettingsTest {
  @Test
  void setsWhatIsNotSetAndKeepsWhatIs() {
    SparkConf conf =
        SparkSettings.forTraining(
            new SparkConf(false)
                .setMaster("spark://node:7077")
                .set("spark.barrier.sync.timeout", "7s")
                .set("spark.plugins", "other.Plugin")
                .set("spark.executor.extraJavaOptions", "-Xss4m"));

    assertThat(conf.get("spark.barrier.sync.timeout")).isEqualTo("7s");
    assertThat(conf.get("spark.speculation")).isEqualTo("false");
    assertThat(conf.get("spark.plugins"))
        .isEqualTo("other.Plugin," + ProgressPlugin.class.getName());
    assertThat(conf.get("spark.executor.extraJavaOptions"))
        .isEqualTo("-Xss4m -Dorg.bytedeco.javacpp.maxphysicalbytes=0");
  }

  @Test
  void isTheSameWhenItIsAppliedTwice() {
    SparkConf once = SparkSettings.forTraining(new SparkConf(false).setMaster("local[2]"));
    String text = once.toDebugString();

    assertThat(SparkSettings.forTraining(once).toDebugString()).isEqualTo(text);
  }

  @Test
  void dropsRequestsForDevicesOnALocalMasterOnly() {
    assertThat(withDevices("local[2]").contains("spark.task.resource.npu.amount")).isFalse();
    assertThat(withDevices("local-cluster[2,1,1024]").contains("spark.task.resource.npu.amount"))
        .isTrue();
  }

  @Test
  void refusesDynamicAllocation() {
    try (JavaSparkContext spark =
        TestSpark.start("local[1]", "spark.dynamicAllocation.enabled=true")) {
      assertThatThrownBy(() -> SparkSettings.check(spark.sc()))
          .isInstanceOf(LaunchException.class)
          .hasMessage(
              "Cannot run workers in this Spark application: spark.dynamicAllocation.enabled is"
                  + " true, but a barrier stage needs all its executors at once; set false");
    }
  }

  @Test
  void refusesAnApplicationWithoutThePlugin() {
    SparkConf conf =
        new SparkConf(false)
            .setMaster("local[1]")
            .setAppName("plain")
            .set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      assertThatThrownBy(() -> SparkSettings.check(spark.sc()))
          .isInstanceOf(LaunchException.class)
          .hasMessageContaining("spark.plugins is ''")
          .hasMessageContaining("it has to name " + ProgressPlugin.class.getName());
    }
  }

  @Test
  void countsTheSlotsThatSettingsPromise() {
    try (JavaSparkContext spark = TestSpark.start("local[6]", "spark.task.cpus=2")) {
      assertThat(Slots.promised(spark.sc())).hasValue(3);
    }
  }

  private static SparkConf withDevices(String master) {
    return SparkSettings.forTraining(
        new SparkConf(false).setMaster(master).set("spark.task.resource.npu.amount", "1"));
  }
}
