package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.LauncherArguments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceChecksTest {
  private static final List<String> REQUIRED =
      List.of("--micro-batch-size 1 --seq-length 64 --train-iters 1 --lr 1".split(" ", -1));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "- | cpu | gloo",
        "--device cpu | cpu | gloo",
        "--device npu | npu | hccl",
        "--distributed-backend gloo | cpu | gloo",
        "--distributed-backend hccl | cpu | hccl",
        "--distributed-backend npu:hccl,cpu:gloo | cpu | gloo",
        "--distributed-backend nccl | cpu | nccl",
        "--device npu --distributed-backend hccl | npu | hccl",
        "--device npu --distributed-backend npu:hccl,cpu:gloo | npu | npu:hccl,cpu:gloo",
        "--device npu --distributed-backend nccl | npu | hccl",
      })
  void everyCombinationHasOneMeaning(String arguments, String device, String collectives) {
    LauncherArguments launcher = parse(arguments, new ConfigProblems()).launcher();

    assertThat(launcher.trainDevice().text()).isEqualTo(device);
    assertThat(launcher.collectives().text()).isEqualTo(collectives);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--device cuda | --device = cuda: is not supported: use npu (Ascend) or cpu",
        "--device cuda:0 | --device = cuda:0: is not supported: use npu (Ascend) or cpu",
        "--device GPU | --device = GPU: is not supported: use npu (Ascend) or cpu",
        "--device npu:1 | --device = npu:1: must be npu without a number: Spark gives each worker its"
            + " device (spark.task.resource.npu.amount)",
        "--device nup | --device = nup: must be one of cpu, npu; did you mean npu?",
        "--device npu --distributed-backend gloo | --distributed-backend = gloo: cannot exchange"
            + " tensors of --device npu: use hccl, or npu:hccl,cpu:gloo to exchange those in host"
            + " memory, too",
      })
  void whatCannotWorkIsRefused(String arguments, String problem) {
    ConfigProblems problems = new ConfigProblems();
    new DeviceChecks(problems, parse(arguments, problems)).run();

    assertThat(problems.problems())
        .extracting(ConfigProblem::toString)
        .containsExactly("launch arguments: " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--device npu --distributed-backend nccl | means hccl on --device npu",
        "--distributed-backend hccl | copies tensors through an NPU for every exchange, because"
            + " --device is cpu; give --device npu to compute there, or use gloo",
        "--distributed-backend npu:hccl,cpu:gloo | means gloo, because --device is cpu and all tensors"
            + " are in host memory",
      })
  void whatMeansSomethingElseIsRemarkedOn(String arguments, String remark) {
    ConfigProblems problems = new ConfigProblems();
    new DeviceChecks(problems, parse(arguments, problems)).run();

    assertThat(problems.problems()).isEmpty();
    assertThat(problems.warnings()).extracting(ConfigProblem::message).containsExactly(remark);
  }

  @Test
  void nothingIsSaidAboutTheUsual() {
    ConfigProblems problems = new ConfigProblems();
    new DeviceChecks(problems, parse("--device npu", problems)).run();
    new DeviceChecks(problems, parse("--distributed-backend gloo", problems)).run();

    assertThat(problems.warnings()).isEmpty();
  }

  private static LaunchArguments parse(String arguments, ConfigProblems problems) {
    List<String> all = new ArrayList<>(REQUIRED);
    if (arguments != null) {
      all.addAll(Arrays.asList(arguments.split(" ", -1)));
    }
    return LaunchArguments.parse(all, problems);
  }
}
