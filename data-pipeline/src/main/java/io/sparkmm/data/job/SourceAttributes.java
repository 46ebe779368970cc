package io.sparkmm.data.job;

import io.sparkmm.conf.DatasetAttr;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.source.Attributes;
import io.sparkmm.data.source.Attributes.Column;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Translates {@code attr} of {@code data.json}. */
final class SourceAttributes {
  private SourceAttributes() {}

  static Attributes of(DatasetAttr attr) {
    Map<Column, String> columns = new EnumMap<>(Column.class);
    columns.put(Column.MESSAGES, attr.messages());
    put(columns, Column.SYSTEM, attr.system());
    put(columns, Column.IMAGES, attr.images());
    put(columns, Column.VIDEOS, attr.videos());
    put(columns, Column.AUDIOS, attr.audios());
    put(columns, Column.CHOSEN, attr.chosen());
    put(columns, Column.REJECTED, attr.rejected());
    put(columns, Column.PROMPT, attr.prompt());
    put(columns, Column.QUERY, attr.query());
    put(columns, Column.RESPONSE, attr.response());
    put(columns, Column.HISTORY, attr.history());
    Map<Role, String> roles = new EnumMap<>(Role.class);
    put(roles, Role.USER, attr.userTag());
    put(roles, Role.ASSISTANT, attr.assistantTag());
    put(roles, Role.OBSERVATION, attr.observationTag());
    put(roles, Role.FUNCTION, attr.functionTag());
    put(roles, Role.SYSTEM, attr.systemTag());
    return new Attributes(columns, roles, attr.roleTag(), attr.contentTag());
  }

  private static <K> void put(Map<K, String> names, K key, Optional<String> name) {
    name.ifPresent(text -> names.put(key, text));
  }
}
