package org.example.bigram;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Embedding;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;

/**
 * Predicts a token from the one before it. Only declares its parameters: they get their values from
 * the initialiser, or from weight files by these names.
 */
public final class BigramModel extends TrainableModel {
  private final Embedding embed;
  private final Linear hidden;
  private final Linear head;

  /** Declares a model with the {@code vocab_size} and {@code hidden_size} of a config.json. */
  public BigramModel(JsonNode config) {
    int vocabulary = config.path("vocab_size").asInt();
    int width = config.path("hidden_size").asInt();
    embed = child("embed", new Embedding(vocabulary, width, OptionalInt.empty()));
    hidden = child("hidden", new Linear(width, width, true));
    head = child("head", new Linear(width, vocabulary, false));
    nameParameters();
  }

  @Override
  public ModelOutput forward(Batch batch) {
    HostBatch host = batch.host();
    int count = host.targetCount();
    long[] inputs = new long[count];
    long[] targets = new long[count];
    long[] rows = new long[count];
    int at = 0;
    for (int cell = 0; cell < host.labels().length; cell++) {
      if (cell % host.columns() != 0 && host.labels()[cell] >= 0) {
        inputs[at] = host.inputIds()[cell - 1];
        targets[at] = host.labels()[cell];
        rows[at++] = cell / host.columns();
      }
    }
    // Everything that uses weights runs inside call(): sharding gathers them there.
    Tensor logits =
        call(
            in -> head.forward(hidden.forward(embed.forward(in[0])).tanh()),
            HostTensors.of(Arrays.copyOf(inputs, at), at));
    return new ModelOutput(
        logits, HostTensors.of(targets, at), HostTensors.of(rows, at), host.rows());
  }
}
