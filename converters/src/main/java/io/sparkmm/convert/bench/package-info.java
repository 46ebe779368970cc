/** Measurements of conversions against plain copies of the same bytes and against peers. */
package io.sparkmm.convert.bench;
