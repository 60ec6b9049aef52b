import { useAppSelector } from '../app/services';
import { formatExact } from './format';

/** What is known to be missing from the data, and why. Shown until the next quarter of an hour. */
export function GapBands({ limit = 2 }: { readonly limit?: number }) {
  const gaps = useAppSelector((state) => state.live.gaps);
  const zone = useAppSelector((state) => state.prefs.zone);
  const recent = gaps.filter((gap) => gap.seenAt > Date.now() / 1000 - 900).slice(0, limit);
  return recent.map((gap) => (
    <div className="gap-band" role="note" data-testid="gap-band" key={`${gap.since}/${gap.seenAt}`}>
      <b>Gap</b>
      <span>
        {gap.estimated !== undefined && gap.estimated >= 0 ? `about ${gap.estimated} ` : ''}
        {gap.kinds && gap.kinds.length > 0 ? gap.kinds.join(', ') : 'events'} missing
        {gap.worker ? ` of ${gap.worker}` : ''}
        {gap.since > 0 ? ` from ${formatExact(gap.since, zone)}` : ''} until{' '}
        {formatExact(gap.until, zone)}: {gap.reason}
      </span>
    </div>
  ));
}
