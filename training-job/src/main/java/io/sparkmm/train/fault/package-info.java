/** Faults on demand, for tests of what a run survives; and the wrapper that sees its exchanges. */
package io.sparkmm.train.fault;
