/** Immutable records, one per configuration source, and the rules that their values must obey. */
package io.sparkmm.conf;
