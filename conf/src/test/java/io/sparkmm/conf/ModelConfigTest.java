package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.MINIMAL_MODEL;
import static io.sparkmm.conf.ConfigTesting.assertEveryKeyDiffers;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static io.sparkmm.conf.ConfigTesting.with;
import static io.sparkmm.conf.ConfigTesting.without;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.conf.load.ConfigPrinter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {
  private static final String VISION = "image_encoder.vision_encoder.";
  private static final String PROJECTOR = "image_encoder.vision_projector.";
  private static final String TEXT = "text_decoder.";

  private static final String DEFAULTS =
      """
      model_id = qwen2vl
      init_from_hf_path = null
      img_context_token_id = 7
      video_token_id = null
      vision_start_token_id = null
      image_encoder.vision_encoder.model_id = null
      image_encoder.vision_encoder.num_layers = 2
      image_encoder.vision_encoder.hidden_size = 64
      image_encoder.vision_encoder.ffn_hidden_size = 256
      image_encoder.vision_encoder.num_attention_heads = 4
      image_encoder.vision_encoder.num_query_groups = 4
      image_encoder.vision_encoder.kv_channels = 16
      image_encoder.vision_encoder.in_channels = 3
      image_encoder.vision_encoder.patch_size = 14
      image_encoder.vision_encoder.spatial_merge_size = 2
      image_encoder.vision_encoder.temporal_patch_size = 2
      image_encoder.vision_encoder.llm_hidden_size = null
      image_encoder.vision_encoder.layernorm_epsilon = 1.0E-6
      image_encoder.vision_encoder.normalization = LayerNorm
      image_encoder.vision_encoder.activation_func = quick_gelu
      image_encoder.vision_encoder.hidden_dropout = 0.0
      image_encoder.vision_encoder.attention_dropout = 0.0
      image_encoder.vision_encoder.post_layer_norm = false
      image_encoder.vision_encoder.attention_mask_type = null
      image_encoder.vision_encoder.use_fused_rotary_pos_emb = false
      image_encoder.vision_encoder.fp16 = false
      image_encoder.vision_encoder.bf16 = false
      image_encoder.vision_encoder.params_dtype = null
      image_encoder.vision_encoder.freeze = true
      image_encoder.vision_encoder.pipeline_num_layers = null
      image_encoder.vision_encoder.recompute_granularity = null
      image_encoder.vision_encoder.recompute_method = null
      image_encoder.vision_encoder.recompute_num_layers = null
      image_encoder.vision_encoder.attn_implementation = null
      image_encoder.vision_encoder.attn_layout = null
      image_encoder.vision_encoder.is_causal = null
      image_encoder.vision_encoder.activation_offload = false
      image_encoder.vision_encoder.synchronize_per_layer = false
      image_encoder.vision_projector.model_id = null
      image_encoder.vision_projector.num_layers = 1
      image_encoder.vision_projector.input_size = 64
      image_encoder.vision_projector.hidden_size = 96
      image_encoder.vision_projector.ffn_hidden_size = 384
      image_encoder.vision_projector.num_attention_heads = 0
      image_encoder.vision_projector.gated_linear_unit = false
      image_encoder.vision_projector.bias_activation_fusion = false
      image_encoder.vision_projector.add_bias_linear = true
      image_encoder.vision_projector.activation_func = gelu
      image_encoder.vision_projector.layernorm_epsilon = 1.0E-6
      image_encoder.vision_projector.normalization = LayerNorm
      image_encoder.vision_projector.fp16 = false
      image_encoder.vision_projector.bf16 = false
      image_encoder.vision_projector.params_dtype = null
      image_encoder.vision_projector.freeze = null
      text_decoder.model_id = null
      text_decoder.num_layers = 3
      text_decoder.hidden_size = 96
      text_decoder.ffn_hidden_size = 384
      text_decoder.num_attention_heads = 4
      text_decoder.num_query_groups = 4
      text_decoder.kv_channels = 24
      text_decoder.group_query_attention = true
      text_decoder.vocab_size = 512
      text_decoder.max_position_embeddings = 2048
      text_decoder.position_embedding_type = mrope
      text_decoder.mrope_section = [4, 4, 4]
      text_decoder.rope_theta = 1000000.0
      text_decoder.normalization = RMSNorm
      text_decoder.layernorm_epsilon = 1.0E-6
      text_decoder.activation_func = silu
      text_decoder.gated_linear_unit = true
      text_decoder.add_bias_linear = false
      text_decoder.add_qkv_bias = true
      text_decoder.attention_dropout = 0.0
      text_decoder.hidden_dropout = 0.0
      text_decoder.init_method_std = 0.02
      text_decoder.untie_embeddings_and_output_weights = false
      text_decoder.use_fused_rotary_pos_emb = false
      text_decoder.attention_softmax_in_fp32 = true
      text_decoder.parallel_output = true
      text_decoder.fp16 = false
      text_decoder.bf16 = false
      text_decoder.params_dtype = null
      text_decoder.freeze = null
      text_decoder.pipeline_num_layers = null
      text_decoder.recompute_granularity = null
      text_decoder.recompute_method = null
      text_decoder.recompute_num_layers = null
      text_decoder.attn_implementation = null
      text_decoder.attn_layout = null
      text_decoder.is_causal = null
      text_decoder.activation_offload = false
      text_decoder.synchronize_per_layer = false
      loss_cfg.loss_type = default
      loss_cfg.compute_mode = default
      loss_cfg.chunk_size = 1024
      loss_cfg.router_aux_loss_coef = 0.0
      init_method = normal
      patch = {}
      """;

  private static final String EVERY_KEY =
      """
      {
        "model_id": "qwen2vl",
        "init_from_hf_path": null,
        "img_context_token_id": 655,
        "video_token_id": 656,
        "vision_start_token_id": 652,
        "image_encoder": {
          "vision_encoder": {
            "model_id": "qwen2vit",
            "num_layers": 4,
            "hidden_size": 80,
            "ffn_hidden_size": 100,
            "num_attention_heads": 8,
            "num_query_groups": 2,
            "kv_channels": 12,
            "in_channels": 1,
            "patch_size": 16,
            "spatial_merge_size": 3,
            "temporal_patch_size": 1,
            "llm_hidden_size": 128,
            "layernorm_epsilon": 1e-05,
            "normalization": "RMSNorm",
            "activation_func": "gelu_pytorch_tanh",
            "hidden_dropout": 0.1,
            "attention_dropout": 0.2,
            "post_layer_norm": true,
            "attention_mask_type": "general",
            "use_fused_rotary_pos_emb": true,
            "fp16": true,
            "bf16": false,
            "params_dtype": "half",
            "freeze": false,
            "pipeline_num_layers": [4, 0],
            "recompute_granularity": "selective",
            "recompute_method": "block",
            "recompute_num_layers": 2,
            "attn_implementation": "sdpa",
            "attn_layout": "BNSD",
            "is_causal": false,
            "activation_offload": true,
            "synchronize_per_layer": true
          },
          "vision_projector": {
            "model_id": "lnmlp",
            "num_layers": 2,
            "input_size": 80,
            "hidden_size": 128,
            "ffn_hidden_size": 720,
            "num_attention_heads": 1,
            "gated_linear_unit": true,
            "bias_activation_fusion": true,
            "add_bias_linear": false,
            "activation_func": "silu",
            "layernorm_epsilon": 1e-05,
            "normalization": "RMSNorm",
            "fp16": false,
            "bf16": true,
            "params_dtype": "bf16",
            "freeze": true
          }
        },
        "text_decoder": {
          "model_id": "qwen2lm",
          "num_layers": 6,
          "hidden_size": 128,
          "ffn_hidden_size": 300,
          "num_attention_heads": 8,
          "num_query_groups": 2,
          "kv_channels": 16,
          "group_query_attention": true,
          "vocab_size": 1000,
          "max_position_embeddings": 4096,
          "position_embedding_type": "mrope",
          "mrope_section": [2, 3, 3],
          "rope_theta": 10000.0,
          "normalization": "LayerNorm",
          "layernorm_epsilon": 1e-05,
          "activation_func": "gelu",
          "gated_linear_unit": false,
          "add_bias_linear": true,
          "add_qkv_bias": false,
          "attention_dropout": 0.1,
          "hidden_dropout": 0.2,
          "init_method_std": 0.01,
          "untie_embeddings_and_output_weights": true,
          "use_fused_rotary_pos_emb": true,
          "attention_softmax_in_fp32": false,
          "parallel_output": false,
          "fp16": false,
          "bf16": true,
          "params_dtype": "float32",
          "freeze": true,
          "pipeline_num_layers": [2, 4],
          "recompute_granularity": "full",
          "recompute_method": "uniform",
          "recompute_num_layers": 1,
          "attn_implementation": "var_len_fa",
          "attn_layout": "TND",
          "is_causal": true,
          "activation_offload": true,
          "synchronize_per_layer": true
        },
        "loss_cfg": {
          "loss_type": "per_sample_loss",
          "compute_mode": "chunk",
          "chunk_size": 512,
          "router_aux_loss_coef": 0.5
        },
        "init_method": "fan_in",
        "patch": {
          "scale_grad": false,
          "clip_grad_async": true
        }
      }
      """;

  private static final String EVERY_VALUE =
      """
      model_id = qwen2vl
      init_from_hf_path = null
      img_context_token_id = 655
      video_token_id = 656
      vision_start_token_id = 652
      image_encoder.vision_encoder.model_id = qwen2vit
      image_encoder.vision_encoder.num_layers = 4
      image_encoder.vision_encoder.hidden_size = 80
      image_encoder.vision_encoder.ffn_hidden_size = 100
      image_encoder.vision_encoder.num_attention_heads = 8
      image_encoder.vision_encoder.num_query_groups = 2
      image_encoder.vision_encoder.kv_channels = 12
      image_encoder.vision_encoder.in_channels = 1
      image_encoder.vision_encoder.patch_size = 16
      image_encoder.vision_encoder.spatial_merge_size = 3
      image_encoder.vision_encoder.temporal_patch_size = 1
      image_encoder.vision_encoder.llm_hidden_size = 128
      image_encoder.vision_encoder.layernorm_epsilon = 1.0E-5
      image_encoder.vision_encoder.normalization = RMSNorm
      image_encoder.vision_encoder.activation_func = gelu_pytorch_tanh
      image_encoder.vision_encoder.hidden_dropout = 0.1
      image_encoder.vision_encoder.attention_dropout = 0.2
      image_encoder.vision_encoder.post_layer_norm = true
      image_encoder.vision_encoder.attention_mask_type = general
      image_encoder.vision_encoder.use_fused_rotary_pos_emb = true
      image_encoder.vision_encoder.fp16 = true
      image_encoder.vision_encoder.bf16 = false
      image_encoder.vision_encoder.params_dtype = fp16
      image_encoder.vision_encoder.freeze = false
      image_encoder.vision_encoder.pipeline_num_layers = [4, 0]
      image_encoder.vision_encoder.recompute_granularity = selective
      image_encoder.vision_encoder.recompute_method = block
      image_encoder.vision_encoder.recompute_num_layers = 2
      image_encoder.vision_encoder.attn_implementation = sdpa
      image_encoder.vision_encoder.attn_layout = BNSD
      image_encoder.vision_encoder.is_causal = false
      image_encoder.vision_encoder.activation_offload = true
      image_encoder.vision_encoder.synchronize_per_layer = true
      image_encoder.vision_projector.model_id = lnmlp
      image_encoder.vision_projector.num_layers = 2
      image_encoder.vision_projector.input_size = 80
      image_encoder.vision_projector.hidden_size = 128
      image_encoder.vision_projector.ffn_hidden_size = 720
      image_encoder.vision_projector.num_attention_heads = 1
      image_encoder.vision_projector.gated_linear_unit = true
      image_encoder.vision_projector.bias_activation_fusion = true
      image_encoder.vision_projector.add_bias_linear = false
      image_encoder.vision_projector.activation_func = silu
      image_encoder.vision_projector.layernorm_epsilon = 1.0E-5
      image_encoder.vision_projector.normalization = RMSNorm
      image_encoder.vision_projector.fp16 = false
      image_encoder.vision_projector.bf16 = true
      image_encoder.vision_projector.params_dtype = bf16
      image_encoder.vision_projector.freeze = true
      text_decoder.model_id = qwen2lm
      text_decoder.num_layers = 6
      text_decoder.hidden_size = 128
      text_decoder.ffn_hidden_size = 300
      text_decoder.num_attention_heads = 8
      text_decoder.num_query_groups = 2
      text_decoder.kv_channels = 16
      text_decoder.group_query_attention = true
      text_decoder.vocab_size = 1000
      text_decoder.max_position_embeddings = 4096
      text_decoder.position_embedding_type = mrope
      text_decoder.mrope_section = [2, 3, 3]
      text_decoder.rope_theta = 10000.0
      text_decoder.normalization = LayerNorm
      text_decoder.layernorm_epsilon = 1.0E-5
      text_decoder.activation_func = gelu
      text_decoder.gated_linear_unit = false
      text_decoder.add_bias_linear = true
      text_decoder.add_qkv_bias = false
      text_decoder.attention_dropout = 0.1
      text_decoder.hidden_dropout = 0.2
      text_decoder.init_method_std = 0.01
      text_decoder.untie_embeddings_and_output_weights = true
      text_decoder.use_fused_rotary_pos_emb = true
      text_decoder.attention_softmax_in_fp32 = false
      text_decoder.parallel_output = false
      text_decoder.fp16 = false
      text_decoder.bf16 = true
      text_decoder.params_dtype = fp32
      text_decoder.freeze = true
      text_decoder.pipeline_num_layers = [2, 4]
      text_decoder.recompute_granularity = full
      text_decoder.recompute_method = uniform
      text_decoder.recompute_num_layers = 1
      text_decoder.attn_implementation = var_len_fa
      text_decoder.attn_layout = TND
      text_decoder.is_causal = true
      text_decoder.activation_offload = true
      text_decoder.synchronize_per_layer = true
      loss_cfg.loss_type = per_sample_loss
      loss_cfg.compute_mode = chunk
      loss_cfg.chunk_size = 512
      loss_cfg.router_aux_loss_coef = 0.5
      init_method = fan_in
      patch = {clip_grad_async: true, scale_grad: false}
      """;

  @Test
  void derivesWhatIsAbsentAndKeepsTheDefaults() {
    assertThat(ConfigPrinter.lines(parse(MINIMAL_MODEL)))
        .containsExactlyElementsOf(DEFAULTS.lines().toList());
  }

  @Test
  void takesEveryKey() {
    List<String> printed = ConfigPrinter.lines(parse(EVERY_KEY));

    assertThat(printed).containsExactlyElementsOf(EVERY_VALUE.lines().toList());
    assertEveryKeyDiffers(
        DEFAULTS.lines().toList(),
        printed,
        Set.of(
            "model_id",
            "init_from_hf_path",
            "image_encoder.vision_encoder.bf16",
            "image_encoder.vision_projector.fp16",
            "text_decoder.fp16",
            "text_decoder.group_query_attention",
            "text_decoder.position_embedding_type"));
  }

  @ParameterizedTest
  @CsvSource({
    "1536, 12, 2, 128",
    "3584, 28, 4, 128",
    "8192, 64, 8, 128",
    "96, 4, 2, 24",
    "1280, 16, 16, 80",
  })
  void headSizeIsWidthByHeads(int width, int heads, int groups, int headSize) {
    String text = with(MINIMAL_MODEL, TEXT + "hidden_size", "" + width);
    text = with(text, PROJECTOR + "hidden_size", "" + width);
    text = with(text, TEXT + "num_attention_heads", "" + heads);
    text = with(text, TEXT + "num_query_groups", "" + groups);
    text = with(text, TEXT + "mrope_section", "[1, 1, " + (headSize / 2 - 2) + "]");

    TextDecoderConfig decoder = parse(text).textDecoder();

    assertThat(decoder.kvChannels()).isEqualTo(headSize);
    assertThat(decoder.numQueryGroups()).isEqualTo(groups);
    assertThat(decoder.ffnHiddenSize()).isEqualTo(4 * width);
  }

  @ParameterizedTest
  @CsvSource({"default, 1024", "chunk, 1024", "dynamic_chunk, 4096"})
  void chunkSizeDependsOnTheMode(String mode, int size) {
    ModelConfig model = parse(with(MINIMAL_MODEL, "loss_cfg.compute_mode", '"' + mode + '"'));

    assertThat(model.lossCfg().chunkSize()).isEqualTo(size);
  }

  @ParameterizedTest
  @CsvSource({
    "bf16, BF16",
    "fp16, FP16",
    "half, FP16",
    "float16, FP16",
    "fp32, FP32",
    "float32, FP32",
    "float64, FP64",
  })
  void numberTypesHaveSeveralNames(String name, DType type) {
    ModelConfig model = parse(with(MINIMAL_MODEL, TEXT + "params_dtype", '"' + name + '"'));

    assertThat(model.textDecoder().precision().paramsDtype()).contains(type);
  }

  @Test
  void projectorFreezesByTaskUnlessToldOtherwise() {
    VisionProjectorConfig absent = parse(MINIMAL_MODEL).visionProjector();
    VisionProjectorConfig trained =
        parse(with(MINIMAL_MODEL, PROJECTOR + "freeze", "false")).visionProjector();

    assertThat(absent.isFrozen(true)).isTrue();
    assertThat(absent.isFrozen(false)).isFalse();
    assertThat(trained.isFrozen(true)).isFalse();
  }

  @Test
  void keepsTheFileAsItWasWritten() {
    ModelConfig model = parse(with(MINIMAL_MODEL, "video_encoder", "null"));

    assertThat(model.raw().presence("video_encoder")).isEqualTo(ConfigTree.Presence.NULL);
    assertThat(model.raw().getInt("text_decoder.vocab_size")).isEqualTo(512);
  }

  @ParameterizedTest
  @CsvSource({
    "model_id, is required unless init_from_hf_path is given",
    "img_context_token_id, is required",
    "image_encoder, is required: expected an object",
    "image_encoder.vision_encoder, is required: expected an object",
    "image_encoder.vision_encoder.num_layers, is required",
    "image_encoder.vision_encoder.hidden_size, is required",
    "image_encoder.vision_encoder.num_attention_heads, is required",
    "image_encoder.vision_projector, is required: expected an object",
    "image_encoder.vision_projector.input_size, is required",
    "image_encoder.vision_projector.hidden_size, is required",
    "text_decoder, is required: expected an object",
    "text_decoder.vocab_size, is required",
    "text_decoder.max_position_embeddings, is required",
  })
  void reportsAMissingKeyOnce(String key, String message) {
    assertThat(problems(without(MINIMAL_MODEL, key)))
        .containsExactly("model.json: " + key + ": " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text_decoder.hidden_sise | 96 | = 96: unknown key; did you mean text_decoder.hidden_size?",
        "image_encoder.vision_encodr | {} | = {}: unknown key; did you mean"
            + " image_encoder.vision_encoder?",
        "init_metod | \"normal\" | = normal: unknown key; did you mean init_method?",
        "init_method | \"fanin\" | = fanin: must be one of normal, fan_in; did you mean fan_in?",
        "text_decoder.num_layers | \"3\" | = 3: expected a whole number, got a text",
        "text_decoder.num_layers | 3.0 | = 3.0: expected a whole number, got a number with a"
            + " fraction",
        "text_decoder.num_layers | 0 | = 0: must be in [1, 268435456]",
        "text_decoder.rope_theta | 0 | = 0: must be greater than 0",
        "text_decoder.attention_dropout | 1.0 | = 1.0: must be in [0, 1)",
        "text_decoder.params_dtype | \"bfloat16\" | = bfloat16: unsupported data type; must be one"
            + " of bf16, fp16, float16, half, fp32, float32, fp64, float64",
        "text_decoder.normalization | \"layernorm\" | = layernorm: must be one of LayerNorm, RMSNorm;"
            + " did you mean LayerNorm?",
        "text_decoder.activation_func | \"sliu\" | = sliu: must be one of silu, quick_gelu,"
            + " gelu_pytorch_tanh, gelu; did you mean silu?",
        "text_decoder.rope_scaling | {\"type\": \"linear\"} | = {\"type\":\"linear\"}: is not"
            + " supported by the built-in model; remove it or set it to null",
        "text_decoder.num_moe_experts | 8 | = 8: is not supported by the built-in model; remove it"
            + " or set it to null",
        "text_decoder.use_npu_fused_moe | true | = true: is not supported; must be false",
        "text_decoder.disable_bias_linear | false | = false: contradicts add_bias_linear = false",
        "text_decoder.attn_implementation | \"flash\" | = flash: must be one of eager, sdpa,"
            + " flash_attention_2, var_len_fa",
        "text_decoder.synchronize | true | = true: is the old name; write synchronize_per_layer",
        "text_encoder | {} | = {}: is not supported; remove it or set it to null",
        "lora_mixed_training | true | = true: is not supported; remove it or set it to null",
        "patch | [] | = []: expected an object of true and false",
        "patch | {\"a\": 1} | = {\"a\":1}: expected true or false for a",
        "loss_cfg.loss_type | \"mean\" | = mean: must be one of default, per_sample_loss,"
            + " per_token_loss, token_loss, square_loss",
        "loss_cfg.compute_mode | \"chunked\" | = chunked: must be one of default, chunk,"
            + " dynamic_chunk; did you mean chunk?",
        "loss_cfg.chunk_size | 0 | = 0: must be at least 1",
        "loss_cfg.router_aux_loss_coef | -1 | = -1: must be at least 0",
      })
  void refusesAValue(String key, String value, String message) {
    assertThat(problems(with(MINIMAL_MODEL, key, value)))
        .containsExactly("model.json: " + key + " " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text_decoder.num_attention_heads | 5 | text_decoder.hidden_size = 96: must be divisible by"
            + " num_attention_heads = 5",
        "text_decoder.num_query_groups | 3 | text_decoder.num_attention_heads = 4: must be divisible"
            + " by num_query_groups = 3",
        "text_decoder.mrope_section | [4, 4, 5] | text_decoder.mrope_section = [4,4,5]: must be three"
            + " numbers that add up to half the head size (kv_channels = 24), add up to 13",
        "text_decoder.mrope_section | [6, 6] | text_decoder.mrope_section = [6,6]: must be three"
            + " numbers that add up to half the head size (kv_channels = 24), add up to 12",
        "image_encoder.vision_encoder.num_attention_heads | 3 |"
            + " image_encoder.vision_encoder.hidden_size = 64: must be divisible by"
            + " num_attention_heads = 3",
        "image_encoder.vision_projector.input_size | 65 |"
            + " image_encoder.vision_projector.input_size = 65: must be equal to"
            + " image_encoder.vision_encoder.hidden_size = 64",
        "image_encoder.vision_projector.hidden_size | 64 |"
            + " image_encoder.vision_projector.hidden_size = 64: must be equal to"
            + " text_decoder.hidden_size = 96",
        "image_encoder.vision_encoder.llm_hidden_size | 64 |"
            + " image_encoder.vision_encoder.llm_hidden_size = 64: must be equal to"
            + " text_decoder.hidden_size = 96",
        "img_context_token_id | 512 | img_context_token_id = 512: must be less than"
            + " text_decoder.vocab_size = 512",
        "video_token_id | 600 | video_token_id = 600: must be less than text_decoder.vocab_size = 512",
        "text_decoder.fp16 | true | text_decoder.fp16 = true: cannot be true together with bf16 ="
            + " true",
      })
  void checksSizesAgainstEachOther(String key, String value, String message) {
    String text = key.endsWith("fp16") ? with(MINIMAL_MODEL, TEXT + "bf16", "true") : MINIMAL_MODEL;

    assertThat(problems(with(text, key, value))).containsExactly("model.json: " + message);
  }

  @Test
  void groupQueryAttentionMustBeOnForFewerGroups() {
    String text = with(MINIMAL_MODEL, TEXT + "num_query_groups", "2");

    assertThat(problems(with(text, TEXT + "group_query_attention", "false")))
        .containsExactly(
            "model.json: text_decoder.group_query_attention = false: must be true with"
                + " num_query_groups = 2 and num_attention_heads = 4");
  }

  @ParameterizedTest
  @CsvSource({"sdpa, TND, BNSD", "var_len_fa, BNSD, TND"})
  void attentionKernelsOfferTheirLayoutsOnly(String kernel, String layout, String needed) {
    String text = with(MINIMAL_MODEL, TEXT + "attn_implementation", '"' + kernel + '"');

    assertThat(problems(with(text, TEXT + "attn_layout", '"' + layout + '"')))
        .containsExactly(
            "model.json: text_decoder.attn_layout = "
                + layout
                + ": must be "
                + needed
                + " with attn_implementation = "
                + kernel);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[32, 0, 0, 0] | [1, 10, 10, 7]",
        "[30, 2, 0, 0] | [0, 11, 10, 7]",
        "[10, 10, 10, 2] | [0, 0, 0, 28]",
        "[[10, 10, 10, 2], [0, 0, 0, 0], [0, 0, 0, 0]] | [[0, 0, 0, 1], [4, 4, 4, 4], [4, 3, 2, 2]]",
      })
  void acceptsPipelinesWithVisionBeforeText(String vision, String text) {
    ModelConfig model = parse(pipeline(vision, text));

    assertThat(model.visionEncoder().pipelineNumLayers().orElseThrow().sum()).isEqualTo(32);
    assertThat(model.textDecoder().pipelineNumLayers().orElseThrow().sum()).isEqualTo(28);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[30, 2, 0, 0] | [1, 10, 10, 7] | image_encoder.vision_encoder.pipeline_num_layers = [30, 2,"
            + " 0, 0]: all vision layers must come before the first text layer:"
            + " text_decoder.pipeline_num_layers = [1, 10, 10, 7] starts at stage 0, vision ends at"
            + " stage 1",
        "[32, 0] | [1, 10, 10, 7] | image_encoder.vision_encoder.pipeline_num_layers = [32, 0]: must"
            + " have as many stages as text_decoder.pipeline_num_layers = [1, 10, 10, 7]",
        "[32, 0, 0, 0] | [1, 10, 10, 8] | text_decoder.pipeline_num_layers = [1,10,10,8]: must add up"
            + " to num_layers = 28, adds up to 29",
        "[16, 0, 0, 0] | [1, 10, 10, 7] | image_encoder.vision_encoder.pipeline_num_layers ="
            + " [16,0,0,0]: must add up to num_layers = 32, adds up to 16",
        "[[16, 16], [0]] | [28] | image_encoder.vision_encoder.pipeline_num_layers = [[16,16],[0]]:"
            + " must be a list of whole numbers of at least 0, or a list of such lists of equal"
            + " length",
        "[33, -1] | [28, 0] | image_encoder.vision_encoder.pipeline_num_layers = [33,-1]: must be a"
            + " list of whole numbers of at least 0, or a list of such lists of equal length",
        "32 | [28] | image_encoder.vision_encoder.pipeline_num_layers = 32: must be a list of whole"
            + " numbers of at least 0, or a list of such lists of equal length",
      })
  void refusesOtherPipelines(String vision, String text, String message) {
    assertThat(problems(pipeline(vision, text))).containsExactly("model.json: " + message);
  }

  @Test
  void takesNoSizesFromTheFileOfAHuggingFaceModel() {
    ModelConfig model =
        parse(
            """
            {
              "model_id": "internvl",
              "init_from_hf_path": "ckpt/hf",
              "text_decoder": {"num_layers": 999, "hidden_size": 999, "num_attention_heads": 998},
              "loss_cfg": {"loss_type": "per_sample_loss"}
            }
            """);

    assertThat(model.initFromHfPath()).contains("ckpt/hf");
    assertThat(model.visionEncoder().numLayers()).isZero();
    assertThat(model.lossCfg().lossType()).isEqualTo(LossType.PER_SAMPLE);
  }

  @Test
  void qwen3VlMustSayWhatIsFrozen() {
    String text = "{\"model_id\": \"qwen3_vl\", \"init_from_hf_path\": \"ckpt/hf\"}";

    assertThat(problems(text))
        .containsExactly(
            "model.json: image_encoder.vision_encoder.freeze: is required for qwen3_vl",
            "model.json: image_encoder.vision_projector.freeze: is required for qwen3_vl",
            "model.json: text_decoder.freeze: is required for qwen3_vl");
  }

  @Test
  void checksEveryDtypeKeyAtAnyDepth() {
    assertThat(problems(with(MINIMAL_MODEL, "patch.dtype", "\"bfloat16\"")))
        .contains(
            "model.json: patch.dtype = bfloat16: unsupported data type; must be one of int32,"
                + " float64, float32, float16, fp32, fp16, half, bf16");
  }

  @Test
  void remarksOnKeysWithoutEffect() {
    ConfigProblems collected = new ConfigProblems();
    String text = with(MINIMAL_MODEL, "patch", "{\"clip_grad_async\": true, \"other\": false}");
    text = with(text, TEXT + "freeze", "true");

    ModelConfig.read(
        ConfigSection.root(
            "model.json", ConfigSection.Dialect.JSON, ConfigTesting.json(text), collected),
        ConfigTesting.json(text));

    assertThat(collected.problems()).isEmpty();
    assertThat(collected.warnings())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "model.json: patch.clip_grad_async = true: is accepted without effect",
            "model.json: text_decoder.freeze: is not read by the built-in model");
  }

  @Test
  void namesTheRegisteredModelsForAnUnknownOne() {
    ModelConfig model = parse(with(MINIMAL_MODEL, "model_id", "\"qwen2v\""));

    assertThat(
            model.checkModelId(
                "model.json", Set.of("qwen2vl", "internvl"), Map.of("other", "no such class")))
        .singleElement()
        .hasToString(
            "model.json: model_id = qwen2v: must be one of internvl, qwen2vl; did you mean qwen2vl?;"
                + " other could not be registered: no such class");
    assertThat(model.checkModelId("model.json", Set.of("qwen2v"), Map.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "1", "null", "\"x\""})
  void theFileMustBeAnObject(String text) {
    assertThat(problems(text))
        .singleElement()
        .asString()
        .startsWith("model.json: expected an object, got ");
  }

  @Test
  void reportsEverythingAtOnce() {
    String text = with(MINIMAL_MODEL, TEXT + "num_layers", "-1");
    text = with(text, VISION + "freeze", "\"no\"");
    text = with(text, "loss_cfg.loss_tpye", "\"default\"");

    assertThat(problems(text))
        .containsExactly(
            "model.json: image_encoder.vision_encoder.freeze = no: expected true or false, got a"
                + " text",
            "model.json: text_decoder.num_layers = -1: must be in [1, 268435456]",
            "model.json: loss_cfg.loss_tpye = default: unknown key; did you mean"
                + " loss_cfg.loss_type?");
  }

  private static String pipeline(String vision, String text) {
    String model = with(MINIMAL_MODEL, VISION + "num_layers", "32");
    model = with(model, TEXT + "num_layers", "28");
    model = with(model, VISION + "pipeline_num_layers", vision);
    return with(model, TEXT + "pipeline_num_layers", text);
  }

  private static ModelConfig parse(String text) {
    return ConfigLoader.parseModel("model.json", text);
  }

  private static List<String> problems(String text) {
    return problemsOf(() -> parse(text));
  }
}
