package io.sparkmm.conf.load;

import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.DistributedBackend;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.LauncherArguments;
import io.sparkmm.conf.TrainDevice;

/** Which collectives go with which device. */
final class DeviceChecks {
  private static final String BACKEND = "--distributed-backend";

  private final ConfigProblems problems;
  private final LauncherArguments launcher;

  DeviceChecks(ConfigProblems problems, LaunchArguments launch) {
    this.problems = problems;
    this.launcher = launch.launcher();
  }

  void run() {
    if (launcher.distributedBackend().isEmpty()) {
      return;
    }
    DistributedBackend backend = launcher.distributedBackend().get();
    if (launcher.trainDevice() == TrainDevice.NPU) {
      switch (backend) {
        case GLOO ->
            problems.add(
                LaunchArguments.FILE,
                BACKEND,
                backend.text(),
                "cannot exchange tensors of --device npu: use hccl, or npu:hccl,cpu:gloo to"
                    + " exchange those in host memory, too");
        case NCCL ->
            problems.warn(
                LaunchArguments.FILE, BACKEND, backend.text(), "means hccl on --device npu");
        case HCCL, HCCL_AND_GLOO -> {
          // Made for NPUs.
        }
      }
    } else {
      switch (backend) {
        case HCCL ->
            problems.warn(
                LaunchArguments.FILE,
                BACKEND,
                backend.text(),
                "copies tensors through an NPU for every exchange, because --device is cpu; give"
                    + " --device npu to compute there, or use gloo");
        case HCCL_AND_GLOO ->
            problems.warn(
                LaunchArguments.FILE,
                BACKEND,
                backend.text(),
                "means gloo, because --device is cpu and all tensors are in host memory");
        case GLOO, NCCL -> {
          // The first is made for the CPU; the launcher refuses the second.
        }
      }
    }
  }
}
