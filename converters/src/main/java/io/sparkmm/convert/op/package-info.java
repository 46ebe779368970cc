/** Operators on named tensors, each with its inverse. */
package io.sparkmm.convert.op;
