import { useState } from 'react';
import { shortUuid } from './format';

/** Copies text, also from a page without TLS, where there is no clipboard object. */
async function copy(text: string): Promise<void> {
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

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
        void copy(value).then(() => {
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
