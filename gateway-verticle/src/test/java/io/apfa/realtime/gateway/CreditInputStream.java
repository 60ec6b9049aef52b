package io.apfa.realtime.gateway;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;

/** Reads no more bytes than it was given credit for. Thread-safe: the credit is a semaphore. */
final class CreditInputStream extends FilterInputStream {
  private final Semaphore credit;

  CreditInputStream(InputStream in, Semaphore credit) {
    super(in);
    this.credit = credit;
  }

  @Override
  public int read() throws IOException {
    credit.acquireUninterruptibly();
    return super.read();
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    credit.acquireUninterruptibly();
    int more = Math.max(0, Math.min(length - 1, credit.availablePermits()));
    int allowed = more > 0 && credit.tryAcquire(more) ? more + 1 : 1;
    int read = super.read(to, offset, allowed);
    if (read < allowed) {
      credit.release(allowed - Math.max(read, 0));
    }
    return read;
  }
}
