/**
 * Conversion of model weights between file layouts. Formats are libraries of their own ({@code
 * safetensors}, {@code torch}, {@code dcp}); models are lists of invertible operators; a plan of
 * byte ranges is made and checked before any weight is read.
 */
package io.sparkmm.convert;
