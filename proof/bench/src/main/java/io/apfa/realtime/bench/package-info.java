/**
 * Figures that others can rerun: sizes, latencies and throughput, each beside something measured in
 * the same run. Raw results go to {@code proof/results} as JSON.
 */
@NullMarked
package io.apfa.realtime.bench;

import org.jspecify.annotations.NullMarked;
