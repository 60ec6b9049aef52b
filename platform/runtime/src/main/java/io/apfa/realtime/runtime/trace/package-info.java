/**
 * Traces: what a sampled unit of work did on this node, hop by hop. The verticles say it in these
 * words; who sends it to a collector, or whether anyone does, is the launcher's affair.
 */
@NullMarked
package io.apfa.realtime.runtime.trace;

import org.jspecify.annotations.NullMarked;
