package io.sparkmm.train.npu;

import io.sparkmm.train.comm.CollectivesSettings;
import io.sparkmm.train.npu.meeting.Meeting;

/** What all groups of one worker share. Ends with the last of them. */
final class HcclSession {
  private final CollectivesSettings settings;
  private final NpuDevice device;
  private final Meeting meeting;
  private final HcclTypes types;
  private final DeviceBuffers buffers;
  private int groups;
  private volatile boolean aborted;
  private volatile String failure = "";

  HcclSession(CollectivesSettings settings, NpuDevice device, Meeting meeting) {
    this.settings = settings;
    this.device = device;
    this.meeting = meeting;
    String chip = device.runtime().socName();
    types = new HcclTypes(ChipFamily.of(chip), chip);
    buffers = new DeviceBuffers(device);
  }

  CollectivesSettings settings() {
    return settings;
  }

  NpuDevice device() {
    return device;
  }

  HcclLibrary hccl() {
    return device.runtime().libraries().hccl();
  }

  Meeting meeting() {
    return meeting;
  }

  HcclTypes types() {
    return types;
  }

  DeviceBuffers buffers() {
    return buffers;
  }

  boolean aborted() {
    return aborted;
  }

  /** Gives all groups up and tells the other workers. */
  void abort() {
    if (!aborted) {
      aborted = true;
      device.runtime().failed();
      meeting.giveUp("it was told to stop");
    }
  }

  /** What made the groups unusable; empty while they work. */
  String failure() {
    return failure;
  }

  /** Notes that an operation failed, and tells the other workers. */
  void fail(String reason) {
    if (failure.isEmpty()) {
      failure = reason;
      device.runtime().failed();
      meeting.giveUp(reason);
    }
  }

  synchronized void join() {
    groups++;
  }

  /** A group has closed; the last one closes what they shared. */
  void leave() {
    synchronized (this) {
      groups--;
      if (groups > 0) {
        return;
      }
    }
    end();
  }

  /** Closes what the groups share. */
  void end() {
    try {
      if (device.runtime().unusable().isEmpty()) {
        device.thread().run(buffers::close);
      }
    } finally {
      meeting.close();
      device.close();
    }
  }
}
