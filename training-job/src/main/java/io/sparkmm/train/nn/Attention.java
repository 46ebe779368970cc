package io.sparkmm.train.nn;

import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code softmax(q k^T / sqrt(d) + mask) v}, with key/value heads shared by consecutive groups of
 * query heads.
 *
 * <p>There are two ways to compute it. The fused operator is the faster one in float32 and float64.
 * Matrix products and a softmax in float32 are spelled out where it must not be used:
 *
 * <ul>
 *   <li>on a CPU in a 16-bit type, where it is several times slower;
 *   <li>for gradients under a mask that may forbid all keys of a query. The fused backward pass
 *       recomputes the weights from the logarithm of their sum, which such a mask rounds away, and
 *       returns wrong gradients without a sign of it.
 * </ul>
 */
public final class Attention {
  private Attention() {}

  /**
   * Attends.
   *
   * @param q {@code [B, heads, Q, d]}
   * @param k {@code [B, kvHeads, K, d]}, {@code heads} a multiple of {@code kvHeads}
   * @param v like {@code k}
   * @param mask which keys each query sees
   * @return {@code [B, heads, Q, d]} in the type of {@code q}
   */
  public static Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask) {
    boolean slow = FloatTypes.isHalf(FloatTypes.of(q)) && q.is_cpu();
    boolean wrong = mask.mayForbidAllKeys() && Recording.isOn();
    return slow || wrong ? spelledOut(q, k, v, mask) : fused(q, k, v, mask);
  }

  /** One call of the fused operator. */
  static Tensor fused(Tensor q, Tensor k, Tensor v, AttentionMask mask) {
    boolean grouped = q.size(1) != k.size(1);
    return scaled_dot_product_attention(
        q, k, v, mask.asOptional(), 0.0, mask.isCausal(), Constants.NO_DOUBLE, grouped);
  }

  private static Tensor eachHead(Tensor x, long group) {
    long batch = x.size(0);
    long kvHeads = x.size(1);
    return x.unsqueeze(2)
        .expand(batch, kvHeads, group, x.size(2), x.size(3))
        .reshape(batch, kvHeads * group, x.size(2), x.size(3));
  }

  /** Matrix products and a softmax in at least float32. */
  static Tensor spelledOut(Tensor q, Tensor k, Tensor v, AttentionMask mask) {
    long batch = q.size(0);
    long heads = q.size(1);
    long queries = q.size(2);
    long width = q.size(3);
    long kvHeads = k.size(1);
    long keys = k.size(2);
    long group = heads / kvHeads;
    if (group > 1 && FloatTypes.isHalf(FloatTypes.of(q))) {
      // With a copy for each query head their gradients are rounded before they are added, as in
      // the Python models.
      return spelledOut(q, eachHead(k, group), eachHead(v, group), mask);
    }
    // The queries of one group stand below each other: no copy of keys and values is needed.
    Tensor stacked = q.reshape(batch, kvHeads, group * queries, width);
    Tensor scores =
        stacked
            .matmul(k.transpose(-2, -1))
            .mul(new Scalar(1 / Math.sqrt(width)))
            .view(batch, heads, queries, keys);
    if (mask.isCausal()) {
      scores = scores.add(AttentionMask.causalTerm(scores));
    } else if (mask.additive().isPresent()) {
      scores = scores.add(mask.additive().get());
    }
    ScalarType type = FloatTypes.of(q);
    Tensor weights =
        FloatTypes.isHalf(type)
            ? scores.softmax(-1, Constants.FLOAT32).to(type)
            : scores.softmax(-1);
    return weights
        .view(batch, kvHeads, group * queries, keys)
        .matmul(v)
        .view(batch, heads, queries, width);
  }
}
