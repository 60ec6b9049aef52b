/**
 * The state store: what must be decided once (who owns, what offset is next, whether a command
 * already ran) and what must survive. Two implementations, Redis and memory, under one contract.
 */
@NullMarked
package io.apfa.realtime.runtime.store;

import org.jspecify.annotations.NullMarked;
