package io.sparkmm.conf;

/** Layout of checkpoints, {@code --ckpt-format}. */
public enum CheckpointFormat implements NamedValue {
  /** One file per tensor-parallel and pipeline rank. */
  TORCH("torch"),
  /** Megatron distributed checkpoint. */
  TORCH_DIST("torch_dist"),
  /** Zarr arrays. */
  ZARR("zarr"),
  /** PyTorch distributed checkpoint. */
  TORCH_DCP("torch_dcp");

  private final String text;

  CheckpointFormat(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
