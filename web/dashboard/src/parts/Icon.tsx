/** Small line icons of our own: 20 × 20, stroked in the current colour. */
const PATHS = {
  overview: 'M3 16V9M8 16V4M13 16v-6M18 16V7',
  tasks: 'M3 5h2M8 5h9M3 10h2M8 10h9M3 15h2M8 15h9',
  groups: 'M10 3 3 7l7 4 7-4zM3 11l7 4 7-4',
  queues: 'M3 6h14v8H3zM7 6v8M11 6v8',
  workers: 'M4 4h12v5H4zM4 11h12v5H4zM7 6.5h.01M7 13.5h.01',
  commands: 'M4 5l5 5-5 5M11 15h6',
  limits: 'M4 15a7 7 0 1 1 12 0M10 12l3-4',
  doctor: 'M10 4v12M4 10h12',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16 11.5A6.5 6.5 0 1 1 8.5 4a5 5 0 0 0 7.5 7.5',
  help: 'M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .8-1 1.7M10 14.5h.01',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
