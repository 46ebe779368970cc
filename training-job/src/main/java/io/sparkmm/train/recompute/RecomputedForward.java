package io.sparkmm.train.recompute;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Interceptor;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.nn.Recording;
import io.sparkmm.train.torch.Graft;
import io.sparkmm.train.torch.RunState;
import io.sparkmm.train.torch.Scoped;
import java.util.Arrays;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a module without recording, and again with recording during the backward pass. */
final class RecomputedForward implements Interceptor {
  private static final Logger LOG = LoggerFactory.getLogger(RecomputedForward.class);

  private final String path;
  private final Recompute.Form form;
  private boolean warned;

  RecomputedForward(String path, Recompute.Form form) {
    this.path = path;
    this.form = form;
  }

  @Override
  public int depth() {
    return RECOMPUTATION;
  }

  @Override
  public Tensor around(Module module, Tensor[] inputs, Forward next) {
    if (!GradMode.is_enabled()) {
      // Nothing is differentiated, or a module around this one is going to be run again.
      return next.apply(inputs);
    }
    if (Arrays.stream(inputs).noneMatch(Tensor::requires_grad)) {
      boolean trains = module.namedParameters().values().stream().anyMatch(Parameter::trainable);
      if (!trains) {
        return next.apply(inputs);
      }
      if (form == Recompute.Form.REENTRANT) {
        warn();
        return withoutRecording(inputs, next);
      }
    }
    Pending pending = new Pending(path, inputs, next);
    return Graft.attach(withoutRecording(inputs, next), inputs, pending::gradients);
  }

  /** What the module makes on the way is freed at once. */
  private static Tensor withoutRecording(Tensor[] inputs, Forward next) {
    try (NoGradGuard off = new NoGradGuard()) {
      return Scoped.compute(() -> Recording.postponed(() -> next.apply(inputs)));
    }
  }

  private void warn() {
    if (!warned) {
      warned = true;
      LOG.warn(
          "No gradient reaches the parameters of {}: it is recomputed in the re-entrant form, and"
              + " none of its inputs requires a gradient. Set use_reentrant to false, or take it"
              + " out of recompute_modules",
          path);
    }
  }

  /** A first run whose second one is still to come. */
  private static final class Pending {
    private final String path;
    private final Tensor[] inputs;
    private final Forward next;
    private final boolean[] differentiated;
    private final long[] versions;
    private final RunState state;

    Pending(String path, Tensor[] inputs, Forward next) {
      this.path = path;
      this.inputs = inputs.clone();
      this.next = next;
      differentiated = new boolean[inputs.length];
      versions = new long[inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        differentiated[i] = inputs[i].requires_grad();
        versions[i] = inputs[i].__dispatch__version();
      }
      state = RunState.capture(inputs);
    }

    Tensor[] gradients(Tensor gradient) {
      Tensor[] leaves = new Tensor[inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        if (inputs[i].__dispatch__version() != versions[i]) {
          throw new IllegalStateException(
              "Cannot recompute module "
                  + path
                  + ": input "
                  + i
                  + " was changed in place after its forward computation");
        }
        leaves[i] = inputs[i].detach().requires_grad_(differentiated[i]);
      }
      Tensor[] output = new Tensor[1];
      state.during(
          () -> {
            try (AutoGradMode on = new AutoGradMode(true)) {
              output[0] = TensorScope.keep(next.apply(leaves));
            }
          });
      try {
        if (output[0].requires_grad()) {
          output[0].backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
        }
      } finally {
        TensorScope.release(output[0]);
      }
      Tensor[] found = new Tensor[inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        found[i] = differentiated[i] ? leaves[i].grad() : new Tensor();
      }
      return found;
    }
  }
}
