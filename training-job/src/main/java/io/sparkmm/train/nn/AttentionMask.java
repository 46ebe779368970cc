package io.sparkmm.train.nn;

import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Which keys a query may look at. Made once per forward pass and shared by all layers.
 *
 * <p>Forbidden scores get the lowest finite value of the compute type: a query without any allowed
 * key (left padding) then averages over all keys instead of turning into NaN.
 */
public final class AttentionMask {
  private static final AttentionMask NONE = new AttentionMask(false, false, Optional.empty());
  private static final AttentionMask CAUSAL = new AttentionMask(true, false, Optional.empty());

  private final boolean causal;
  private final boolean mayForbidAllKeys;
  private final Optional<Tensor> additive;

  private AttentionMask(boolean causal, boolean mayForbidAllKeys, Optional<Tensor> additive) {
    this.causal = causal;
    this.mayForbidAllKeys = mayForbidAllKeys;
    this.additive = additive;
  }

  /** Every query sees every key. */
  public static AttentionMask none() {
    return NONE;
  }

  /**
   * Query i sees keys 0..i. Enough for right-padded rows, too: there no real query comes after a
   * padded key.
   */
  public static AttentionMask causal() {
    return CAUSAL;
  }

  /**
   * Query i sees those of keys 0..i that are real.
   *
   * @param keep {@code [B, S]} int64, 1 for a real key
   * @param type type of the scores
   */
  public static AttentionMask causalAndKept(Tensor keep, ScalarType type) {
    Objects.requireNonNull(keep, "keep");
    long rows = keep.size(0);
    long size = keep.size(1);
    Tensor allowed =
        lowerTriangle(keep).logical_and(keep.to(ScalarType.Bool).view(rows, 1, 1, size));
    return forbid(allowed, type, true);
  }

  /**
   * Query i sees those of keys 0..i that have its number. Padding sees padding, so that no query is
   * left without a key.
   *
   * @param numbers {@code [B, S]} int64, the record that a token belongs to
   * @param type type of the scores
   */
  public static AttentionMask causalInSegments(Tensor numbers, ScalarType type) {
    Objects.requireNonNull(numbers, "numbers");
    long rows = numbers.size(0);
    long size = numbers.size(1);
    Tensor same = numbers.view(rows, 1, size, 1).eq(numbers.view(rows, 1, 1, size));
    return forbid(same.logical_and(lowerTriangle(numbers)), type, false);
  }

  private static Tensor lowerTriangle(Tensor rows) {
    long size = rows.size(1);
    return torch
        .ones(
            new long[] {size, size},
            new TensorOptions(ScalarType.Bool).device(new DeviceOptional(rows.device())))
        .tril();
  }

  /**
   * One query per row that sees all real keys, of which there is at least one.
   *
   * @param keep {@code [B, K]} int64, 1 for a real key
   * @param type type of the scores
   */
  public static AttentionMask kept(Tensor keep, ScalarType type) {
    return forbid(keep.to(ScalarType.Bool).view(keep.size(0), 1, 1, keep.size(1)), type, false);
  }

  private static AttentionMask forbid(Tensor allowed, ScalarType type, boolean mayForbidAllKeys) {
    Tensor zeros =
        torch.zeros(
            new long[] {1}, new TensorOptions(type).device(new DeviceOptional(allowed.device())));
    Tensor scores = zeros.masked_fill(allowed.logical_not(), new Scalar(FloatTypes.lowest(type)));
    return new AttentionMask(false, mayForbidAllKeys, Optional.of(scores));
  }

  /** Whether this is the plain causal mask. */
  boolean isCausal() {
    return causal;
  }

  /** Whether a query may be left without any allowed key. */
  boolean mayForbidAllKeys() {
    return mayForbidAllKeys;
  }

  /** Term to add to the scores, {@code [B, 1, Q or 1, K]}. */
  Optional<Tensor> additive() {
    return additive;
  }

  /** The plain causal mask as a term to add to square scores. */
  static Tensor causalTerm(Tensor scores) {
    ScalarType type = FloatTypes.of(scores);
    long size = scores.size(-1);
    return torch
        .full(
            new long[] {size, size},
            new Scalar(FloatTypes.lowest(type)),
            new TensorOptions(type).device(new DeviceOptional(scores.device())))
        .triu(1);
  }

  /** The additive term as the optional argument of an operator. */
  TensorOptional asOptional() {
    return additive.map(TensorOptional::new).orElse(Constants.NO_TENSOR);
  }
}
