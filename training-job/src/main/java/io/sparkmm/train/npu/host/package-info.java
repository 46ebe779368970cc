/** What a host must have for its NPUs: checked before anything native is loaded. */
package io.sparkmm.train.npu.host;
