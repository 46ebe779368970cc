package io.sparkmm.train.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.conf.DType;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.train.report.RunFacts;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** What the page about a run says of its settings. */
final class FactsOfRun {
  private final TrainPlan plan;
  private final int workers;

  private FactsOfRun(TrainPlan plan, int workers) {
    this.plan = plan;
    this.workers = workers;
  }

  static RunFacts of(TrainPlan plan, int workers) {
    FactsOfRun facts = new FactsOfRun(plan, workers);
    Map<String, Map<String, String>> groups = new LinkedHashMap<>();
    groups.put("Model", facts.model());
    groups.put("Data", facts.data());
    groups.put("Training", facts.training());
    groups.put("Sharding", facts.sharding());
    return new RunFacts(
        "Training of " + plan.program().model().modelId(),
        plan.loop().iterations(),
        workers,
        groups);
  }

  private Map<String, String> model() {
    ModelPlan model = plan.program().model();
    JsonNode config;
    try {
      config = new ObjectMapper().readTree(model.configJson());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("family", model.modelId());
    number(facts, "layers", config.path("num_hidden_layers"));
    number(facts, "hidden size", config.path("hidden_size"));
    number(facts, "vocabulary", config.path("vocab_size"));
    number(facts, "layers of the vision tower", config.path("vision_config").path("depth"));
    facts.put("weights from", model.weightsFolder().isEmpty() ? "drawn" : model.weightsFolder());
    facts.put("type of weights", model.weightType().text());
    facts.put(
        "frozen",
        model.freezeVision()
            ? model.freezeMerger() ? "vision tower, merger" : "vision tower"
            : model.freezeMerger() ? "merger" : "nothing");
    return facts;
  }

  private Map<String, String> data() {
    DataPlan data = plan.program().data();
    ShardManifest manifest =
        ShardReader.readManifest(new Path(data.folder()), data.hadoop().configuration());
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("folder", data.folder());
    facts.put("version", Integer.toString(data.version()));
    facts.put("samples", count(manifest.rows(Split.TRAIN)));
    facts.put("tokens", count(manifest.tokens(Split.TRAIN)));
    facts.put("samples for validation", count(manifest.rows(Split.VAL)));
    long samples = (long) plan.loop().iterations() * plan.loop().globalBatch();
    facts.put(
        "passes over the data",
        String.format(
            Locale.ROOT, "%.2f", samples / (double) Math.max(1, manifest.rows(Split.TRAIN))));
    facts.put("order", data.sampling().sampler() + (data.sampling().shuffle() ? ", shuffled" : ""));
    return facts;
  }

  private Map<String, String> training() {
    LoopPlan loop = plan.loop();
    LoopPlan.Rate rate = loop.rate();
    LoopPlan.Optimizer optimizer = loop.optimizer();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("iterations", count(loop.iterations()));
    facts.put("global batch", count(loop.globalBatch()));
    facts.put("micro-batch", count(plan.program().data().sampling().microBatch()));
    facts.put(
        "learning rate",
        String.format(
            Locale.ROOT,
            "%.3g to %.3g, %s",
            rate.lr(),
            rate.minLr(),
            rate.style().name().toLowerCase(Locale.ROOT).replace('_', '-')));
    facts.put("optimizer", optimizer.type().text());
    facts.put("betas", optimizer.beta1() + ", " + optimizer.beta2());
    facts.put("weight decay", Double.toString(optimizer.weightDecay()));
    facts.put("gradient norm at most", Double.toString(optimizer.clipGrad()));
    facts.put("loss", plan.program().loss().type().text());
    facts.put("seed", Long.toString(loop.seed()));
    return facts;
  }

  private Map<String, String> sharding() {
    ShardingPlan sharding = plan.sharding();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("workers", Integer.toString(workers));
    facts.put(
        "workers per copy of the weights",
        sharding.shardingSize() == 0 ? "all" : Integer.toString(sharding.shardingSize()));
    facts.put("groups", String.join(", ", sharding.modules()));
    facts.put("freed between the directions", sharding.reshardAfterForward() ? "yes" : "no");
    facts.put("computed in", type(sharding.types().param()));
    facts.put("gradients averaged in", type(sharding.types().reduce()));
    return facts;
  }

  private static String type(List<DType> types) {
    return types.stream().findFirst().map(DType::text).orElse("type of weights");
  }

  private static void number(Map<String, String> facts, String name, JsonNode value) {
    if (value.isIntegralNumber()) {
      facts.put(name, count(value.longValue()));
    }
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
