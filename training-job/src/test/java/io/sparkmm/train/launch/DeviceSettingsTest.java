package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.DistributedBackend;
import io.sparkmm.conf.TrainDevice;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.npu.NpuException;
import io.sparkmm.train.npu.host.HostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What --device and --distributed-backend do to a run. */
class DeviceSettingsTest {
  private static final DevicePlan NPU = new DevicePlan(TrainDevice.NPU, DistributedBackend.HCCL);
  private static final DevicePlan STAGED = new DevicePlan(TrainDevice.CPU, DistributedBackend.HCCL);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "- | CPU | GLOO | false",
        "--distributed-backend gloo | CPU | GLOO | false",
        "--distributed-backend hccl | CPU | HCCL | true",
        "--device npu | NPU | HCCL | true",
        "--device npu --distributed-backend npu:hccl,cpu:gloo | NPU | HCCL_AND_GLOO | true",
        "--device cpu --distributed-backend npu:hccl,cpu:gloo | CPU | GLOO | false",
      })
  void deviceAndBackendReachTheWorkers(
      String arguments, TrainDevice device, DistributedBackend collectives, boolean npus) {
    DevicePlan plan = DevicePlan.of(configuration(arguments));

    assertThat(plan).isEqualTo(new DevicePlan(device, collectives));
    assertThat(plan.npus()).isEqualTo(npus);
  }

  @Test
  void ncclIsRefusedOnTheCpuAndMeansHcclOnNpus() {
    assertThat(UnsupportedSettings.of(configuration("--distributed-backend nccl")))
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "launch arguments: --distributed-backend = nccl: must be gloo on CPUs; nccl is for NVIDIA"
                + " devices, and means hccl with --device npu (not supported in this release)");
    assertThat(UnsupportedSettings.of(configuration("--device npu --distributed-backend nccl")))
        .isEmpty();
  }

  @Test
  void theResourceIsTheOneThatIsAskedFor() {
    SparkConf conf = new SparkConf(false);
    assertThat(Npus.resource(conf)).isEqualTo("npu");
    conf.set("spark.task.resource.Ascend910.amount", "1");
    assertThat(Npus.resource(conf)).isEqualTo("Ascend910");
    conf.set("spark.task.resource.fpga.amount", "1");
    assertThat(Npus.resource(conf)).isEqualTo("npu");
    conf.set("spark.sparkmm.npu.resource", "Ascend910");
    assertThat(Npus.resource(conf)).isEqualTo("Ascend910");
  }

  @Test
  void aLocalMasterServesOneNpu() {
    try (JavaSparkContext spark = TestSpark.start("local[2]")) {
      NpuApplication.check(spark.sc(), NPU, 1);
      NpuApplication.check(spark.sc(), DevicePlan.CPU, 2);
      assertThatThrownBy(() -> NpuApplication.check(spark.sc(), NPU, 2))
          .isInstanceOf(LaunchException.class)
          .hasMessage(
              "Cannot use NPUs in this Spark application: master local[2] runs 2 workers in one"
                  + " process, and a process serves one NPU; use a cluster, or --nproc_per_node 1");
    }
  }

  @Test
  void executorsGetTheVariablesOfCannButNoPlacesOfThisHost() {
    SparkConf conf = new SparkConf(false).set("spark.executorEnv.HCCL_BUFFSIZE", "100");

    NpuApplication.forward(
        conf,
        STAGED,
        Map.of(
            "ASCEND_HOME_PATH", "/opt/cann",
            "ASCEND_GLOBAL_LOG_LEVEL", "3",
            "HCCL_BUFFSIZE", "300",
            "HCCL_IF_IP", "10.0.0.1",
            "TASK_QUEUE_ENABLE", "2",
            "HOME", "/home/x"));

    assertThat(conf.getAllWithPrefix("spark.executorEnv."))
        .extracting(entry -> entry._1() + "=" + entry._2())
        .containsExactlyInAnyOrder(
            "ASCEND_GLOBAL_LOG_LEVEL=3",
            "HCCL_BUFFSIZE=100",
            "HCCL_CONNECT_TIMEOUT=1200",
            "TASK_QUEUE_ENABLE=2");
  }

  @Test
  void runsOnTheCpuForwardNothing() {
    SparkConf conf = new SparkConf(false);

    NpuApplication.forward(conf, DevicePlan.CPU, Map.of("HCCL_BUFFSIZE", "300"));

    assertThat(conf.getAllWithPrefix("spark.executorEnv.")).isEmpty();
  }

  @Test
  void npusAreLeftAloneBetweenAttempts() {
    SparkConf conf = new SparkConf(false);

    assertThat(NpuApplication.coolDown(conf, DevicePlan.CPU)).isZero();
    assertThat(NpuApplication.coolDown(conf, STAGED)).isEqualTo(Duration.ofSeconds(10));
    assertThat(NpuApplication.coolDown(conf.set("spark.sparkmm.npu.coolDown", "2s"), NPU))
        .isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void aCardThatIsStillHeldGetsMoreTimeEachTime() {
    RestartingJob.Limits limits = new RestartingJob.Limits(3, Duration.ofSeconds(10));
    LaunchException.Kind busy = LaunchException.Kind.DEVICE_BUSY;
    LaunchException.Kind lost = LaunchException.Kind.LOST;

    assertThat(limits.pauseAfter(List.of(lost, lost, lost))).hasSeconds(10);
    assertThat(limits.pauseAfter(List.of(busy))).hasSeconds(10);
    assertThat(limits.pauseAfter(List.of(lost, busy, busy))).hasSeconds(20);
    assertThat(limits.pauseAfter(List.of(busy, busy, busy))).hasSeconds(40);
    assertThat(limits.pauseAfter(List.of(busy, busy, busy, busy))).hasSeconds(40);
    assertThat(limits.pauseAfter(List.of(busy, lost))).hasSeconds(10);
  }

  @Test
  void failuresOfNpusAreClassed() {
    assertThat(FailureClass.repeats(new HostException("no CANN"))).isTrue();
    NpuException configuration = failure("HCCL_E_PARA", 1, "EI0001: HCCL_BUFFSIZE is invalid");
    NpuException held = failure("HCCL_E_UNAVAIL", 7, "EJ0001: HCCP failed");
    NpuException late = failure("HCCL_E_TIMEOUT", 9, "EI0015: rank 1 is missing");

    assertThat(FailureClass.repeats(configuration)).isTrue();
    assertThat(FailureClass.repeats(held)).isFalse();
    assertThat(FailureClass.kind(new IllegalStateException(held)))
        .isEqualTo(LaunchException.Kind.DEVICE_BUSY);
    assertThat(FailureClass.repeats(late)).isFalse();
    assertThat(FailureClass.kind(late)).isEqualTo(LaunchException.Kind.WORKER);
    assertThat(FailureClass.origin(new CollectiveException("late", late)))
        .isEqualTo(WorkerFailure.Origin.PEER);
    // A wrong setting is a cause although it shows in an exchange.
    assertThat(FailureClass.origin(new CollectiveException("wrong", configuration)))
        .isEqualTo(WorkerFailure.Origin.OWN);
  }

  private static NpuException failure(String name, int code, String message) {
    return new NpuException(
        new NpuException.Call("HcclCommInitRootInfo", code, name, NpuException.Where.NOWHERE),
        message);
  }

  private static TrainingConfiguration configuration(String arguments) {
    return LaunchEffectsTest.configuration(
        arguments == null ? new String[0] : arguments.split(" ", -1));
  }
}
