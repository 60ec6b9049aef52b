/**
 * The words the four verticles say to each other on the event bus, and the one binary codec that
 * carries them between nodes. The bus is at-most-once and reports success on loss: whoever needs to
 * know asks for a reply, and offsets find what was lost.
 */
@NullMarked
package io.apfa.realtime.protocol.bus;

import org.jspecify.annotations.NullMarked;
