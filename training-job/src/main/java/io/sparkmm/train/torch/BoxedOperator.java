package io.sparkmm.train.torch;

import io.sparkmm.train.memory.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;

/**
 * An operator of libtorch's dispatcher, for those that have no Java method. All arguments of its
 * schema have to be given, in order.
 *
 * <p>Arguments must come from the factories here or from {@code IValue} constructors of exactly the
 * argument's type: for any other pointer {@code new IValue(pointer)} silently makes a cast.
 */
public final class BoxedOperator {
  private final OperatorHandle handle;

  private BoxedOperator(OperatorHandle handle) {
    this.handle = handle;
  }

  /**
   * Looks an operator up, for example {@code aten::_foreach_mul_} with overload {@code Scalar}. The
   * result may be kept in a static field.
   *
   * @throws RuntimeException if libtorch does not know it
   */
  public static BoxedOperator find(String name, String overload) {
    try (TensorScope scope = TensorScope.open()) {
      OperatorHandle handle = Dispatcher.singleton().findSchemaOrThrow(name, overload);
      handle.retainReference();
      return new BoxedOperator(handle);
    }
  }

  /** Calls the operator; the results belong to the current scope. */
  public IValueVector call(IValue... arguments) {
    IValueVector stack = new IValueVector(arguments);
    handle.callBoxed(stack);
    return stack;
  }

  /** A list of tensors as an argument. */
  public static IValue tensors(List<Tensor> tensors) {
    return new IValue(
        new GenericList(new TensorList(new TensorVector(tensors.toArray(Tensor[]::new)))));
  }

  /** The absent value. */
  public static IValue none() {
    return new IValue();
  }
}
