package io.sparkmm.data.tokenizer;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Remembers the ids of the pieces, mostly words, that texts consist of, so that the native
 * tokenizer is asked once for each. Cutting is exact for the texts it accepts; ids always come from
 * the native tokenizer. Thread-safe: every thread has a memory of its own.
 */
final class PieceTokenizer {
  /** Pieces a thread remembers: more than the words that make up nearly all of a language. */
  private static final int SLOTS = 1 << 17;

  /** Longer pieces are rare and hardly ever come again. */
  private static final int MAX_REMEMBERED = 48;

  private final String[] addedTexts;
  private final int[] addedIds;
  private final Function<String, int[]> nativeEncode;
  private final ThreadLocal<Memory> memories = ThreadLocal.withInitial(Memory::new);

  /**
   * A tokenizer.
   *
   * @param rules where texts are cut
   * @param nativeEncode the ids of a piece
   */
  PieceTokenizer(PieceRules rules, Function<String, int[]> nativeEncode) {
    this.nativeEncode = nativeEncode;
    // Longest first: of two added tokens at the same place the longer one counts.
    var ordered =
        rules.added().entrySet().stream()
            .sorted((a, b) -> Integer.compare(b.getKey().length(), a.getKey().length()))
            .toList();
    this.addedTexts = ordered.stream().map(Map.Entry::getKey).toArray(String[]::new);
    this.addedIds = ordered.stream().mapToInt(Map.Entry::getValue).toArray();
  }

  /** The ids of a text, empty if it has characters whose pieces are not known here. */
  Optional<int[]> encode(String text) {
    if (!PieceScanner.knows(text)) {
      return Optional.empty();
    }
    Memory memory = memories.get();
    memory.count = 0;
    int from = 0;
    for (int mark = text.indexOf(PieceRules.MARK);
        mark >= 0;
        mark = text.indexOf(PieceRules.MARK, mark + 1)) {
      int added = addedAt(text, mark);
      if (added >= 0) {
        pieces(text, from, mark, memory);
        memory.add(addedIds[added]);
        from = mark + addedTexts[added].length();
        mark = from - 1;
      }
    }
    pieces(text, from, text.length(), memory);
    return Optional.of(Arrays.copyOf(memory.ids, memory.count));
  }

  private int addedAt(String text, int position) {
    for (int i = 0; i < addedTexts.length; i++) {
      if (text.startsWith(addedTexts[i], position)) {
        return i;
      }
    }
    return -1;
  }

  private void pieces(String text, int from, int to, Memory memory) {
    for (int start = from; start < to; ) {
      int end = PieceScanner.end(text, start, to);
      memory.add(ids(text, start, end, memory));
      start = end;
    }
  }

  private int[] ids(String text, int start, int end, Memory memory) {
    int length = end - start;
    if (length > MAX_REMEMBERED) {
      return nativeEncode.apply(text.substring(start, end));
    }
    int hash = 0;
    for (int i = start; i < end; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    // A piece has two places, so that a rare word does not drive out a frequent one.
    int slot = (hash ^ (hash >>> 15)) & (SLOTS - 2);
    for (int i = slot; i <= slot + 1; i++) {
      String known = memory.pieces[i];
      if (known != null && known.length() == length && text.startsWith(known, start)) {
        int[] ids = memory.pieceIds[i];
        if (i > slot) {
          memory.putFirst(slot, known, ids);
        }
        return ids;
      }
    }
    String piece = text.substring(start, end);
    int[] ids = nativeEncode.apply(piece);
    memory.putFirst(slot, piece, ids);
    return ids;
  }

  /** Pieces that a thread has met, and the ids of the text it works on. */
  private static final class Memory {
    private final String[] pieces = new String[SLOTS];
    private final int[][] pieceIds = new int[SLOTS][];
    private int[] ids = new int[1024];
    private int count;

    void putFirst(int slot, String piece, int[] ids) {
      pieces[slot + 1] = pieces[slot];
      pieceIds[slot + 1] = pieceIds[slot];
      pieces[slot] = piece;
      pieceIds[slot] = ids;
    }

    void add(int id) {
      if (count == ids.length) {
        ids = Arrays.copyOf(ids, 2 * count);
      }
      ids[count++] = id;
    }

    void add(int[] more) {
      if (count + more.length > ids.length) {
        ids = Arrays.copyOf(ids, Math.max(2 * ids.length, count + more.length));
      }
      System.arraycopy(more, 0, ids, count, more.length);
      count += more.length;
    }
  }
}
