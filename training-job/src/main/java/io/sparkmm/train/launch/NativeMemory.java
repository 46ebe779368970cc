package io.sparkmm.train.launch;

import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JavaCPP's watch over the process size. Its default limit is a multiple of the Java heap, which a
 * worker's tensors exceed rightly; it would then collect garbage without end and fail. The limit is
 * a property that JavaCPP reads once per process.
 */
final class NativeMemory {
  /** The property; 0 switches the watch off. */
  static final String PROPERTY = "org.bytedeco.javacpp.maxphysicalbytes";

  private static final Logger LOG = LoggerFactory.getLogger(NativeMemory.class);

  private NativeMemory() {}

  /** Switches the watch off in this process, unless somebody set the property. */
  static void prepare() {
    if (System.getProperty(PROPERTY) != null) {
      return;
    }
    System.setProperty(PROPERTY, "0");
    if (Pointer.maxPhysicalBytes() > 0) {
      LOG.warn(
          "JavaCPP was loaded before and limits this process to {} bytes; start the JVM with -D{}=0",
          Pointer.maxPhysicalBytes(),
          PROPERTY);
    }
  }
}
