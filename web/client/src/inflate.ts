import { InflatedTooLarge } from './errors';

/** The largest size a compressed frame may grow to, in bytes. */
export const MAX_INFLATED_BYTES = 16 * 1024 * 1024;

/** Whether these bytes are gzip: no msgpack array begins like that. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Turns gzip bytes into plain ones; rejects with `InflatedTooLarge` above the limit. */
export type Inflate = (bytes: Uint8Array, limitBytes: number) => Promise<Uint8Array>;

/** Inflates with the browser's own `DecompressionStream`, stopping at the limit. */
export const inflateNatively: Inflate = async (bytes, limitBytes) => {
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  // Failures of the writing half are also seen by the reading half.
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(() => undefined);
  writer.close().catch(() => undefined);
  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limitBytes) {
      await reader.cancel().catch(() => undefined);
      throw new InflatedTooLarge(limitBytes);
    }
    chunks.push(value);
  }
  const only = chunks[0];
  if (chunks.length === 1 && only) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
};
