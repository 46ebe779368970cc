package io.sparkmm.quickstart;

import java.nio.file.Path;

/**
 * Where the quickstart puts what it makes.
 *
 * @param root the output folder
 */
record QuickstartPaths(Path root) {
  /** The drawn set: pictures, conversations, held-out questions. */
  Path shapes() {
    return root.resolve("shapes");
  }

  /** Tokenizer and picture processor of the model to train. */
  Path checkpoint() {
    return shapes().resolve("model");
  }

  /** The imported conversations. */
  Path mllm() {
    return root.resolve("mllm.json");
  }

  /** The configuration files of this run. */
  Path conf() {
    return root.resolve("conf");
  }

  /** The shards. */
  Path prepared() {
    return root.resolve("prepared");
  }

  /** What training writes: metrics and the exported model. */
  Path trained() {
    return root.resolve("trained");
  }

  /** The exported model in Hugging Face layout. */
  Path exported() {
    return trained().resolve("hf");
  }

  /** Metrics of the training, one JSON object a line. */
  Path metrics() {
    return trained().resolve("metrics.jsonl");
  }

  /** The page to look at. */
  Path report() {
    return root.resolve("report.html");
  }
}
