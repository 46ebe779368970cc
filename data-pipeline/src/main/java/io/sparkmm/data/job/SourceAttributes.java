package io.sparkmm.data.job;

import io.sparkmm.conf.DatasetAttr;
import io.sparkmm.conf.DatasetFormatting;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.source.Attributes;
import io.sparkmm.data.source.Attributes.Column;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Translates {@code attr} of {@code data.json}. */
final class SourceAttributes {
  private SourceAttributes() {}

  /** The names that the layout of the records reads. */
  static Attributes of(DatasetAttr attr) {
    Map<Column, String> columns = new EnumMap<>(Column.class);
    put(columns, Column.SYSTEM, attr.system());
    put(columns, Column.IMAGES, attr.images());
    put(columns, Column.VIDEOS, attr.videos());
    put(columns, Column.AUDIOS, attr.audios());
    if (attr.ranking()) {
      put(columns, Column.CHOSEN, attr.chosen());
      put(columns, Column.REJECTED, attr.rejected());
    }
    if (attr.formatting() == DatasetFormatting.ALPACA) {
      put(columns, Column.PROMPT, attr.prompt());
      put(columns, Column.QUERY, attr.query());
      // Pretraining takes the question only; the layout wants an answer, whichever it is.
      boolean textsOnly = attr.pretrain() && !attr.packing();
      put(columns, Column.RESPONSE, textsOnly ? attr.response().or(attr::prompt) : attr.response());
      put(columns, Column.HISTORY, attr.history());
    } else {
      columns.put(Column.MESSAGES, attr.messages());
    }
    Map<Role, String> roles = new EnumMap<>(Role.class);
    put(roles, Role.USER, attr.userTag());
    put(roles, Role.ASSISTANT, attr.assistantTag());
    put(roles, Role.OBSERVATION, attr.observationTag());
    put(roles, Role.FUNCTION, attr.functionTag());
    put(roles, Role.SYSTEM, attr.systemTag());
    return new Attributes(columns, roles, attr.roleTag(), attr.contentTag(), attr.ranking());
  }

  /** The columns that {@code attr} names and nothing reads, by their keys. */
  static SortedMap<String, String> unread(DatasetAttr attr) {
    SortedMap<String, String> unread = new TreeMap<>();
    if (!attr.ranking()) {
      attr.chosen().ifPresent(name -> unread.put("chosen", name));
      attr.rejected().ifPresent(name -> unread.put("rejected", name));
    }
    if (attr.formatting() != DatasetFormatting.ALPACA) {
      attr.prompt().ifPresent(name -> unread.put("prompt", name));
      attr.query().ifPresent(name -> unread.put("query", name));
      attr.response().ifPresent(name -> unread.put("response", name));
      attr.history().ifPresent(name -> unread.put("history", name));
    }
    return unread;
  }

  private static <K> void put(Map<K, String> names, K key, Optional<String> name) {
    name.ifPresent(text -> names.put(key, text));
  }
}
