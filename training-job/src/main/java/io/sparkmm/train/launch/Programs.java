package io.sparkmm.train.launch;

import io.sparkmm.train.loop.TrainingProgram;
import java.lang.reflect.Constructor;

/** The classes that can serve as the program of a run. */
final class Programs {
  private Programs() {}

  /** Whether a program is one of this project, whose model is that of the plan. */
  static boolean isBuiltIn(String name) {
    return name.equals(VlmSftProgram.class.getName()) || name.equals(VlmDpoProgram.class.getName());
  }

  /**
   * Finds how a program is made.
   *
   * @throws LaunchException if there is none, or it cannot be made
   */
  static Constructor<? extends TrainingProgram> find(String name) {
    try {
      Class<? extends TrainingProgram> type =
          Class.forName(name, false, Thread.currentThread().getContextClassLoader())
              .asSubclass(TrainingProgram.class);
      return type.getConstructor(TrainPlan.Program.class);
    } catch (ClassNotFoundException e) {
      throw refuse(name, "there is no such class on the class path", e);
    } catch (ClassCastException e) {
      throw refuse(name, "it does not implement " + TrainingProgram.class.getName(), e);
    } catch (NoSuchMethodException e) {
      throw refuse(
          name, "it has no public constructor with a " + TrainPlan.Program.class.getName(), e);
    }
  }

  /** Makes the program of a worker. */
  static TrainingProgram create(TrainPlan plan) {
    Constructor<? extends TrainingProgram> constructor = find(plan.programClass());
    try {
      return constructor.newInstance(plan.program());
    } catch (ReflectiveOperationException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw refuse(plan.programClass(), "its constructor failed: " + cause, cause);
    }
  }

  private static LaunchException refuse(String name, String reason, Throwable cause) {
    return new LaunchException(
        LaunchException.Kind.SETTINGS, "Cannot use program " + name + ": " + reason, cause);
  }
}
