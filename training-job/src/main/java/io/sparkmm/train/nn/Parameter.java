package io.sparkmm.train.nn;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * A weight of a module: its logical name and full shape, the leaf tensor that the optimizer
 * updates, and where computations take the value from.
 *
 * <p>A parameter is declared without storage ("meta"), then gets its data by initialisation or by
 * loading. When it is sharded, {@link #data()} is this rank's shard and {@link #value()} the
 * gathered tensor, which exists only while its group is unsharded.
 */
public final class Parameter {
  /** What a parameter is, as far as initialisation and weight decay need to know. */
  public enum Role {
    /** Weight of a linear layer or convolution, {@code [out, in...]}. */
    MATRIX,
    /** Rows of an embedding table. */
    EMBEDDING,
    /** Additive term of a linear layer. */
    BIAS,
    /** Scale of a normalisation layer. */
    NORM_WEIGHT,
    /** Offset of a normalisation layer. */
    NORM_BIAS,
    /** The factor of a low-rank adapter that the input meets first, {@code [r, in]}. */
    ADAPTER_IN,
    /** The other factor of a low-rank adapter, {@code [out, r]}. */
    ADAPTER_OUT;

    /** Whether it belongs to an adapter and not to the model that is adapted. */
    public boolean isAdapter() {
      return this == ADAPTER_IN || this == ADAPTER_OUT;
    }
  }

  private final Role role;
  private final long[] shape;
  private String name = "";
  private boolean trainable = true;
  private Tensor data;
  private Supplier<Tensor> gathered;

  /** Declares a parameter of the given full shape; it has no storage yet. */
  public Parameter(Role role, long... shape) {
    this.role = Objects.requireNonNull(role, "role");
    this.shape = shape.clone();
  }

  /** Logical name inside the model, for example {@code model.layers.0.mlp.up_proj.weight}. */
  public String name() {
    return name;
  }

  void setName(String name) {
    this.name = name;
  }

  public Role role() {
    return role;
  }

  /** Full (unsharded) shape. */
  public long[] shape() {
    return shape.clone();
  }

  /** Elements of the full tensor. */
  public long elements() {
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    return count;
  }

  /** Whether the parameter is trained; frozen ones get neither gradient nor optimizer state. */
  public boolean trainable() {
    return trainable;
  }

  /** Freezes the parameter. Must happen before it is sharded and before its first use. */
  public void freeze() {
    trainable = false;
    if (data != null) {
      data.requires_grad_(false);
    }
  }

  /** Whether the parameter has storage. */
  public boolean materialized() {
    return data != null;
  }

  /**
   * The leaf tensor that the optimizer owns: the full tensor, or this rank's shard.
   *
   * @throws IllegalStateException if the parameter was only declared
   */
  public Tensor data() {
    if (data == null) {
      throw new IllegalStateException("Cannot use parameter " + name + ": it has no storage yet");
    }
    return data;
  }

  /**
   * Gives the parameter its leaf tensor. The tensor is kept beyond the current scope and takes over
   * {@link #trainable()}; a previous one is released.
   */
  public void setData(Tensor leaf) {
    Objects.requireNonNull(leaf, "leaf");
    leaf.retainReference();
    leaf.requires_grad_(trainable);
    Tensor previous = data;
    data = leaf;
    if (previous != null) {
      previous.releaseReference();
    }
  }

  /** Drops the storage; the parameter is only declared again. */
  public void clearData() {
    if (data != null) {
      data.releaseReference();
      data = null;
    }
  }

  /**
   * The tensor that computations use: {@link #data()}, or the gathered one of a sharded parameter.
   */
  public Tensor value() {
    return gathered == null ? data() : gathered.get();
  }

  /**
   * Makes {@link #value()} come from a sharding group. The supplier throws with a clear message
   * while the group is sharded.
   */
  public void gatherThrough(Supplier<Tensor> source) {
    gathered = Objects.requireNonNull(source, "source");
  }

  /** Gradient of {@link #data()}, empty when there is none. */
  public Optional<Tensor> grad() {
    Tensor grad = data().grad();
    return grad.defined() ? Optional.of(grad) : Optional.empty();
  }

  @Override
  public String toString() {
    return name + java.util.Arrays.toString(shape);
  }
}
