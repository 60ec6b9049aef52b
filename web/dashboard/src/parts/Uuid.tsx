import { useState } from 'react';
import { copyText } from './copyText';
import { shortUuid } from './format';

/** A uuid shortened in the middle, copied with one click. */
export function Uuid({
  value,
  isWhole = false,
}: {
  readonly value: string;
  readonly isWhole?: boolean;
}) {
  const [isCopied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="copy mono"
      title={`${value} – click to copy`}
      aria-label={`${isWhole ? value : shortUuid(value)}, copy`}
      onClick={(event) => {
        event.stopPropagation();
        void copyText(value).then(() => {
          setCopied(true);
          setTimeout(() => {
            setCopied(false);
          }, 1_500);
        });
      }}
    >
      {isCopied ? 'copied' : isWhole ? value : shortUuid(value)}
    </button>
  );
}
