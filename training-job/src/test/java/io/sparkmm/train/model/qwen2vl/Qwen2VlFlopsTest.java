package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class Qwen2VlFlopsTest {
  @Test
  void sevenBillionModelOnOneSequenceWithOnePicture() {
    ObjectNode json = TinyModels.json("qwen2vl.json").deepCopy();
    json.put("hidden_size", 3584)
        .put("intermediate_size", 18944)
        .put("num_hidden_layers", 28)
        .put("num_attention_heads", 28)
        .put("num_key_value_heads", 4)
        .put("vocab_size", 152064);
    ((ObjectNode) json.get("rope_scaling")).putArray("mrope_section").add(16).add(24).add(24);
    json.putObject("vision_config").put("hidden_size", 3584);
    Qwen2VlFlops flops = new Qwen2VlFlops(Qwen2VlConfigParser.fromHfJson(json));
    assertThat(flops.textMatrices(1024)).isEqualTo(14_479_945_367_552L);
    assertThat(flops.textAttention(1024)).isEqualTo(210_453_397_504L);
    assertThat(flops.vision(new Grid(1, 36, 36))).isEqualTo(1_938_713_149_440L);
  }
}
