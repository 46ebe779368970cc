package io.sparkmm.convert.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PersistentId;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.convert.pickle.PickleTuple;
import io.sparkmm.convert.pickle.PickleWriter;
import io.sparkmm.convert.torch.TorchException.Kind;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pickles that describe tensors which their archive cannot hold. */
final class MalformedTensorTest {

  private static final Global V2 = new Global("torch._utils", "_rebuild_tensor_v2");
  private static final Global V3 = new Global("torch._utils", "_rebuild_tensor_v3");
  private static final Global ORDERED_DICT = new Global("collections", "OrderedDict");

  @TempDir private Path folder;

  /** A file whose storage 0 has 24 bytes. */
  private TorchFile open(Object value) {
    RawZip zip = new RawZip();
    zip.add("x/data.pkl", PickleWriter.write(value));
    zip.add("x/version", "3\n");
    zip.add("x/data/0", new byte[24]);
    return TorchFile.open(TorchFixtures.write(folder.resolve("x.pt"), zip.bytes()));
  }

  private AbstractThrowableAssert<?, ?> assertRefused(Object value) {
    return assertThatThrownBy(() -> open(value))
        .isInstanceOfSatisfying(
            TorchException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BAD_PICKLE));
  }

  private static PersistentId storage(String type, String key, Object count) {
    return new PersistentId(
        PickleTuple.of("storage", new Global("torch", type), key, "cpu", count));
  }

  private static PickleObject tensor(long offset, PickleTuple shape, PickleTuple strides) {
    return PickleObject.call(
        V2,
        storage("FloatStorage", "0", 6),
        offset,
        shape,
        strides,
        false,
        PickleObject.call(ORDERED_DICT));
  }

  @Test
  void readsTheRightTensorThatTheOthersAreMadeOf() {
    TorchTensor tensor = open(tensor(1, PickleTuple.of(2, 2), PickleTuple.of(3, 1))).tensor();

    assertThat(tensor.begin()).isEqualTo(tensor.storage().begin() + 4);
    assertThat(tensor).hasToString("a tensor of float32 [2, 2]");
  }

  @Test
  void refusesElementsOutsideOfTheStorage() {
    assertRefused(tensor(0, PickleTuple.of(7), PickleTuple.of(1)))
        .hasMessageContaining(
            "cannot make torch._utils._rebuild_tensor_v2: a tensor of float32 [7] with strides [1]"
                + " at element 0 ends at byte 28 of storage 0, which has 24");
    assertRefused(tensor(6, PickleTuple.of(), PickleTuple.of()));
    assertRefused(tensor(0, PickleTuple.of(2, 2), PickleTuple.of(5, 1)));
    assertRefused(tensor(7, PickleTuple.of(0), PickleTuple.of(1)));
  }

  @Test
  void refusesNegativeNumbers() {
    assertRefused(tensor(-1, PickleTuple.of(1), PickleTuple.of(1)))
        .hasMessageContaining("a tensor has shape [1], strides [1], offset -1");
    assertRefused(tensor(0, PickleTuple.of(-1), PickleTuple.of(1)));
    assertRefused(tensor(5, PickleTuple.of(2), PickleTuple.of(-1)));
  }

  @Test
  void refusesNumbersThatOverflow() {
    long huge = 1L << 62;
    assertRefused(tensor(0, PickleTuple.of(huge, huge), PickleTuple.of(0, 0)))
        .hasMessageContaining("exceeds 63 bits");
    assertRefused(tensor(0, PickleTuple.of(huge), PickleTuple.of(0)));
    assertRefused(tensor(0, PickleTuple.of(3), PickleTuple.of(huge)));
    assertRefused(tensor(Long.MAX_VALUE, PickleTuple.of(1), PickleTuple.of(1)));
    assertRefused(tensor(huge, PickleTuple.of(0), PickleTuple.of(1)));
    assertRefused(tensor(0, PickleTuple.of(BigInteger.TWO.pow(64)), PickleTuple.of(1)))
        .hasMessageContaining("a tensor takes whole numbers of 63 bits");
  }

  @Test
  void refusesSizesWithoutStridesAndTooManyDimensions() {
    assertRefused(tensor(0, PickleTuple.of(1), PickleTuple.of()))
        .hasMessageContaining("a tensor has 1 sizes and 0 strides");
    PickleTuple ones = PickleTuple.of(Collections.nCopies(65, 1L));
    assertRefused(tensor(0, ones, ones)).hasMessageContaining("a tensor has 65 sizes");
  }

  @Test
  void refusesStoragesThatDoNotFitTheirRecord() {
    assertRefused(storage("FloatStorage", "0", 5))
        .hasMessageContaining("storage 0 of 5 elements of float32 has a record of 24 bytes");
    assertRefused(storage("FloatStorage", "0", 7));
    assertRefused(storage("FloatStorage", "0", -6));
    assertRefused(storage("FloatStorage", "0", (1L << 62) + 6));
    assertRefused(storage("ComplexDoubleStorage", "0", 1));
    assertRefused(storage("FloatStorage", "1", 6))
        .hasMessageContaining("there is no record data/1");
    assertRefused(storage("FloatStorage", "../version", 6));
    assertRefused(storage("OtherStorage", "0", 6))
        .hasMessageContaining("storages of torch.OtherStorage are unknown");
    assertRefused(new PersistentId("storage"))
        .hasMessageContaining("the persistent id is not ('storage', class, key, location, count)");
    assertRefused(PickleTuple.of(storage("FloatStorage", "0", 6), storage("IntStorage", "0", 6)))
        .hasMessageContaining("storage 0 is once of float32 and once of int32");
  }

  @Test
  void refusesArgumentsOfTheWrongType() {
    assertRefused(PickleObject.call(V2)).hasMessageContaining("it takes 6 to 7 arguments, not 0");
    assertRefused(PickleObject.call(V2, "x", 0, PickleTuple.of(), PickleTuple.of(), false, "x"))
        .hasMessageContaining("a tensor takes a storage, not the str 'x'");
    assertRefused(
            PickleObject.call(
                V2, storage("FloatStorage", "0", 6), 0, "x", PickleTuple.of(), false, "x"))
        .hasMessageContaining("a tensor takes tuples of sizes and strides, not the str 'x'");
    assertRefused(PickleObject.call(new Global("torch", "Size"), 1))
        .hasMessageContaining("a Size takes a tuple");
  }

  @Test
  void leavesWhatItDoesNotUnderstandAsItIs() {
    Object[] arguments = {
      storage("UntypedStorage", "0", 24),
      0,
      PickleTuple.of(24),
      PickleTuple.of(1),
      false,
      "x",
      new Global("torch", "float3")
    };

    assertThat(open(PickleObject.call(V3, arguments)).root())
        .hasToString("an object of torch._utils._rebuild_tensor_v3");
    assertThat(open(PickleObject.call(new Global("torch._utils", "_rebuild_parameter"), 1)).root())
        .isInstanceOf(PickleObject.class);
    Global fromType = new Global("torch._tensor", "_rebuild_from_type_v2");
    assertThat(
            open(PickleObject.call(fromType, V2, new Global("a", "B"), PickleTuple.of(), 1)).root())
        .isInstanceOf(PickleObject.class);
  }

  @Test
  void readsTensorsOfNpuFiles() {
    PickleObject tensor =
        PickleObject.call(
            new Global("torch_npu.utils.storage", "_rebuild_npu_tensor"),
            new PersistentId(
                PickleTuple.of("storage", new Global("torch", "HalfStorage"), "0", "npu:0", 12)),
            2,
            PickleTuple.of(5),
            PickleTuple.of(2),
            false,
            PickleObject.call(ORDERED_DICT),
            true);

    assertThat(open(tensor).tensor().type().name()).isEqualTo("float16");
  }

  @Test
  void tellsThatACheckpointHasVirtualPipelineStages() {
    TorchFile file = open(PickleDict.of(Map.of("model0", PickleDict.of(Map.of()))));

    assertThatThrownBy(() -> file.tensors("model"))
        .isInstanceOfSatisfying(
            TorchException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISSING_KEY))
        .hasMessageEndingWith(
            "it has no key model; it has [the str 'model0'], so it is of a run with virtual"
                + " pipeline stages (model0, model1, ...)");
  }

  @Test
  void refusesWeightsWhoseNamesAreNoTexts() {
    TorchFile file = open(PickleDict.of(Map.of("model", PickleDict.of(Map.of(7L, "x")))));

    assertThatThrownBy(() -> file.tensors("model"))
        .hasMessageEndingWith("key model has the name 7, not a str");
  }
}
