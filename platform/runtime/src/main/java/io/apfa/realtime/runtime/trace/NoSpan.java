package io.apfa.realtime.runtime.trace;

import io.apfa.realtime.protocol.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * The span of what is not traced.
 *
 * <p>Immutable.
 */
final class NoSpan implements Span {
  @Override
  public @Nullable TraceContext context() {
    return null;
  }

  @Override
  public boolean isSampled() {
    return false;
  }

  @Override
  public Span set(Key key, @Nullable String value) {
    return this;
  }

  @Override
  public Span set(Key key, long value) {
    return this;
  }

  @Override
  public Span child(Hop hop) {
    return this;
  }

  @Override
  public void past(Hop hop, long tookNanos) {
    // nobody is told
  }

  @Override
  public Span fail(String reason) {
    return this;
  }

  @Override
  public void run(Runnable work) {
    work.run();
  }

  @Override
  public void end() {
    // it never began
  }
}
