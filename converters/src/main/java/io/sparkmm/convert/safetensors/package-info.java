/**
 * Reads and writes safetensors files and the folders of shards that Hugging Face libraries use.
 *
 * <p>Layout of a file: {@code u64 little-endian n}, {@code n} bytes of UTF-8 JSON, data. The JSON
 * maps each name to its element type, its shape and its byte range in the data part.
 */
package io.sparkmm.convert.safetensors;
