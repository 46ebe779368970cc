package io.sparkmm.convert.fuzz;

import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.torch.TorchException;
import io.sparkmm.convert.torch.TorchFile;
import io.sparkmm.convert.torch.TorchStorage;
import io.sparkmm.convert.torch.TorchTensor;

/** Any bytes are read or refused as a file of torch.save; no tensor lies outside of them. */
public final class TorchFuzzer {

  private TorchFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    try {
      TorchFile file = TorchFile.open(FuzzFile.of(bytes));
      if (file.root() instanceof PickleDict dict && dict.get("model").isPresent()) {
        file.tensors("model").values().forEach(tensor -> check(tensor, bytes.length));
      }
      file.verify();
    } catch (TorchException expected) {
      FuzzFile.check(expected.getMessage().startsWith("Cannot "), "a message is unclear");
    }
  }

  private static void check(TorchTensor tensor, long fileBytes) {
    TorchStorage storage = tensor.storage();
    long end = storage.begin() + storage.byteSize();
    FuzzFile.check(storage.begin() >= 0 && end <= fileBytes, "a storage lies outside");
    long last = tensor.begin();
    boolean empty = false;
    for (int dim = 0; dim < tensor.shape().size(); dim++) {
      empty |= tensor.shape().get(dim) == 0;
      last += (tensor.shape().get(dim) - 1) * tensor.strides().get(dim) * tensor.type().byteSize();
    }
    FuzzFile.check(
        tensor.begin() >= storage.begin()
            && tensor.begin() <= end
            && (empty || last + tensor.type().byteSize() <= end),
        "an element lies outside");
    if (tensor.dtype().isPresent() && !empty) {
      tensor.stored("weight");
    }
  }
}
