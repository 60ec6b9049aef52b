import Box from '@mui/material/Box';
import { useId, useState } from 'react';
import { useAppSelector } from '../app/services';
import { formatExact } from './format';

export interface Line {
  readonly name: string;
  /** A palette colour, such as `success.main`. */
  readonly color: string;
  readonly values: readonly number[];
  readonly isFilled?: boolean;
}

export interface Band {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

interface Props {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Epoch seconds of the first and the last value. */
  readonly from: number;
  readonly to: number;
  readonly unit: string;
  readonly height?: number;
  /** Spans of time that are known to be incomplete. */
  readonly gaps?: readonly Band[];
}

const WIDTH = 600;

/** Lines over time on one axis; what is missing is a visible band. */
export function Chart({ title, lines, from, to, unit, height = 120, gaps = [] }: Props) {
  const zone = useAppSelector((state) => state.prefs.zone);
  const [at, setAt] = useState<number>();
  const id = useId();
  const count = Math.max(2, ...lines.map((line) => line.values.length));
  const peak = Math.max(0, ...lines.flatMap((line) => line.values));
  const top = Math.max(1, peak) * 1.1;
  const clock = (time: number): string => formatExact(time, zone).slice(11, 19);
  const x = (index: number): number => (index / (count - 1)) * WIDTH;
  const y = (value: number): number => height - (value / top) * height;
  const timeX = (time: number): number => ((time - from) / Math.max(1, to - from)) * WIDTH;
  const read = at === undefined ? count - 1 : at;
  const when = from + (read / (count - 1)) * (to - from);
  return (
    <Box component="figure" sx={{ m: 0 }} aria-labelledby={id}>
      <Box
        component="figcaption"
        id={id}
        sx={{ display: 'flex', gap: 1.5, flexWrap: 'wrap', alignItems: 'baseline', mb: 0.5 }}
      >
        <b>{title}</b>
        {lines.map((line) => (
          <Box component="span" key={line.name} sx={{ color: line.color, fontWeight: 600 }}>
            {line.name} {round(line.values[read] ?? 0)} {unit}
          </Box>
        ))}
        <Box component="span" sx={{ ml: 'auto', color: 'text.secondary', fontSize: 12 }}>
          {at === undefined ? `up to ${round(peak)} ${unit}` : clock(when)}
          {at === undefined && (
            <Box component="span" sx={{ display: { xs: 'none', sm: 'inline' } }}>
              {` · ${clock(from)} – now`}
            </Box>
          )}
        </Box>
      </Box>
      <Box
        component="svg"
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        aria-hidden
        sx={{ display: 'block', width: '100%', height, overflow: 'visible' }}
        onPointerMove={(event: React.PointerEvent<SVGSVGElement>) => {
          const box = event.currentTarget.getBoundingClientRect();
          const share = (event.clientX - box.left) / Math.max(1, box.width);
          setAt(Math.max(0, Math.min(count - 1, Math.round(share * (count - 1)))));
        }}
        onPointerLeave={() => {
          setAt(undefined);
        }}
      >
        {[0, 0.5, 1].map((share) => (
          <Box
            component="line"
            key={share}
            x1={0}
            x2={WIDTH}
            y1={height * share}
            y2={height * share}
            sx={{ stroke: 'var(--mui-palette-divider)' }}
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {gaps
          .filter((gap) => gap.to >= from && gap.from <= to)
          .map((gap) => (
            <Box
              component="rect"
              key={`${gap.from}/${gap.to}`}
              x={Math.max(0, timeX(gap.from))}
              width={Math.max(3, timeX(Math.min(to, gap.to)) - Math.max(0, timeX(gap.from)))}
              y={0}
              height={height}
              sx={{ fill: 'var(--mui-palette-warning-main)', opacity: 0.25 }}
            >
              <title>{gap.reason}</title>
            </Box>
          ))}
        {lines.map((line) => {
          const points = line.values.map((value, index) => `${x(index)},${y(value)}`).join(' ');
          return (
            <Box component="g" key={line.name} sx={{ color: line.color }}>
              {line.isFilled && (
                <polygon
                  points={`0,${height} ${points} ${WIDTH},${height}`}
                  fill="currentColor"
                  opacity={0.12}
                />
              )}
              <polyline
                points={points}
                fill="none"
                stroke="currentColor"
                strokeWidth={1.5}
                vectorEffect="non-scaling-stroke"
                strokeLinejoin="round"
              />
            </Box>
          );
        })}
        {at !== undefined && (
          <Box
            component="line"
            x1={x(at)}
            x2={x(at)}
            y1={0}
            y2={height}
            sx={{ stroke: 'var(--mui-palette-text-secondary)' }}
            vectorEffect="non-scaling-stroke"
          />
        )}
      </Box>
    </Box>
  );
}

/** A line alone, for a row or a card. */
export function Spark({
  values,
  color,
}: {
  readonly values: readonly number[];
  readonly color: string;
}) {
  const top = Math.max(1, ...values);
  const points = values
    .map(
      (value, index) =>
        `${(index / Math.max(1, values.length - 1)) * 100},${22 - (value / top) * 20}`,
    )
    .join(' ');
  return (
    <Box
      component="svg"
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      aria-hidden
      sx={{ width: '100%', height: 32, color, display: 'block' }}
    >
      <polygon points={`0,24 ${points} 100,24`} fill="currentColor" opacity={0.12} />
      <polyline
        points={points}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
    </Box>
  );
}

function round(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}
