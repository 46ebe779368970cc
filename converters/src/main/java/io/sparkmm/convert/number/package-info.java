/** Floating-point elements of stored tensors as Java's {@code float}, and back with rounding. */
package io.sparkmm.convert.number;
