package io.apfa.realtime.bridge.event;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Bytes in memory up to a bound; past it every write fails. Confined to one thread. */
final class BoundedOutput extends OutputStream {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
  private final int maxBytes;

  BoundedOutput(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** More was written than the bound allows. Immutable. */
  static final class FullException extends IOException {
    FullException(int maxBytes) {
      super("over " + maxBytes + " bytes (expected: at most)");
    }
  }

  @Override
  public void write(int b) throws IOException {
    makeRoom(1);
    bytes.write(b);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    makeRoom(length);
    bytes.write(source, offset, length);
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }

  private void makeRoom(int more) throws IOException {
    if (more > maxBytes - bytes.size()) {
      throw new FullException(maxBytes);
    }
  }
}
