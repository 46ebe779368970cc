package io.sparkmm.convert.execute;

import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.view.Piece;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Tells plans apart: equal fingerprints mean equal bytes of the result. */
final class Fingerprint {

  private final MessageDigest digest = SourceState.sha256();
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

  private Fingerprint() {}

  /** The fingerprint, in hexadecimal digits, of a plan and the states of all that it reads. */
  static String of(ConversionPlan plan, List<SourceState> states) {
    Fingerprint result = new Fingerprint();
    result.add(plan.title());
    result.add(plan.output().files().getFileName());
    plan.layout().forEach((key, value) -> result.add(key + "=" + value));
    for (SourceState state : states) {
      result.add(state.file());
      result.add(state.modified());
      result.add(state.fingerprint());
    }
    plan.files().forEach(result::add);
    for (AssetCopy asset : plan.assets()) {
      result.add(asset.source());
      result.add(asset.path());
    }
    return HexFormat.of().formatHex(result.digest.digest());
  }

  private void add(PlannedFile file) {
    add(file.path());
    add(file.layout().size());
    List<TensorPlace> places = file.layout().tensors();
    for (Literal literal : file.layout().literals(new long[places.size()])) {
      add(literal.offset());
      add(literal.length());
      digest.update(literal.bytes());
    }
    for (int i = 0; i < places.size(); i++) {
      add(places.get(i));
      add(file.contents().get(i));
    }
  }

  private void add(TensorContent content) {
    add(content.recipe());
    add(content.dtype());
    add(content.shape());
    for (TensorView view : content.views()) {
      add(view.shape());
      for (Piece piece : view.pieces()) {
        add(piece.source().file());
        add(piece.firstByte());
        add(piece.at());
        for (int dim = 0; dim < view.rank(); dim++) {
          add(piece.extent().get(dim));
          add(piece.byteStride(dim));
        }
      }
    }
  }

  private void add(Object value) {
    byte[] bytes = value.toString().getBytes(StandardCharsets.UTF_8);
    add(bytes.length);
    digest.update(bytes);
  }

  private void add(long value) {
    number.clear();
    digest.update(number.putLong(value).flip());
  }
}
