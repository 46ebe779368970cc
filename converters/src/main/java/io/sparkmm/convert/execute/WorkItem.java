package io.sparkmm.convert.execute;

import java.io.IOException;

/** A part of an execution that one thread does. */
interface WorkItem {

  /** Does it with the memory of the thread. */
  void run(Buffers buffers) throws IOException;
}
