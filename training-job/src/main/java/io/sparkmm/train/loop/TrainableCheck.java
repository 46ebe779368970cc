package io.sparkmm.train.loop;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Makes sure that there is something to train: somewhere, and on every rank unless allowed. */
final class TrainableCheck {
  private TrainableCheck() {}

  /**
   * Checks; every rank calls it.
   *
   * @param dummyAllowed whether a rank may have nothing to train while others have
   * @throws TrainingException on every rank if no rank has a trainable parameter; on a rank without
   *     one if that is not allowed
   */
  static void run(ParallelModel parallel, Collectives ranks, boolean dummyAllowed) {
    boolean here = parallel.parameters().stream().anyMatch(Parameter::trainable);
    if (!anywhere(here, ranks)) {
      throw new TrainingException(
          TrainingException.Kind.NOTHING_TO_TRAIN,
          "Cannot train: all parameters of the model are frozen, there is nothing to train");
    }
    if (!here && !dummyAllowed) {
      throw new TrainingException(
          TrainingException.Kind.NOTHING_TO_TRAIN,
          "Cannot make the optimizer: rank "
              + ranks.rank()
              + " has no trainable parameter; give --enable-dummy-optimizer if it is meant to have"
              + " none");
    }
  }

  private static boolean anywhere(boolean here, Collectives ranks) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor flag = torch.zeros(new long[] {1}, new TensorOptions(ScalarType.Double));
      flag.data_ptr_double().put(here ? 1.0 : 0.0);
      ranks.allReduce(flag, Collectives.Reduction.MAX).await();
      return flag.item_double() > 0.0;
    }
  }
}
