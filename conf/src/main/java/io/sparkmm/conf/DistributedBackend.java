package io.sparkmm.conf;

/** Library of the collectives, {@code --distributed-backend}. */
public enum DistributedBackend implements NamedValue {
  /** NVIDIA devices; scripts of the reference suite say it on NPUs, where it means HCCL. */
  NCCL("nccl", false),
  /** CPU. */
  GLOO("gloo", true),
  /** NPU. */
  HCCL("hccl", false),
  /** NPU tensors by HCCL, CPU tensors by Gloo. */
  HCCL_AND_GLOO("npu:hccl,cpu:gloo", true);

  private final String text;
  private final boolean cpuCapable;

  DistributedBackend(String text, boolean cpuCapable) {
    this.text = text;
    this.cpuCapable = cpuCapable;
  }

  @Override
  public String text() {
    return text;
  }

  /** Whether tensors in host memory can be exchanged, as offloading needs. */
  public boolean cpuCapable() {
    return cpuCapable;
  }
}
