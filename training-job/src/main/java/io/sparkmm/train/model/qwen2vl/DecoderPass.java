package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.AttentionMask;
import io.sparkmm.train.nn.RotaryTable;
import java.util.Optional;

/**
 * What all decoder layers share in one forward pass.
 *
 * @param rope rotary tables of the positions of this pass, in the activation type
 * @param mask which keys each query sees
 * @param cache keys and values of earlier passes, when text is generated
 */
record DecoderPass(RotaryTable rope, AttentionMask mask, Optional<KvCache> cache) {}
