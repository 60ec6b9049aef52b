import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { HttpError } from '@apfa/realtime-client';

/** What a page has asked the server for. */
export type Answer<T> =
  | { readonly at: 'asking' }
  | { readonly at: 'answered'; readonly value: T }
  | { readonly at: 'missing' }
  | { readonly at: 'forbidden' }
  | { readonly at: 'failed'; readonly reason: string };

/** Asks once, again on demand, and every `everyMs` where given. `ask` must be stable. */
export function useAnswer<T>(
  ask: () => Promise<T>,
  everyMs?: number,
): readonly [Answer<T>, () => void] {
  const [answer, setAnswer] = useState<Answer<T>>({ at: 'asking' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isOver = false;
    ask().then(
      (value) => {
        if (!isOver) setAnswer({ at: 'answered', value });
      },
      (error: unknown) => {
        if (isOver) return;
        if (error instanceof HttpError && error.status === 404) setAnswer({ at: 'missing' });
        else if (error instanceof HttpError && (error.status === 403 || error.status === 401)) {
          setAnswer({ at: 'forbidden' });
        } else {
          const reason = error instanceof Error ? error.message : String(error);
          // What was answered before is better than nothing.
          setAnswer((before) => (before.at === 'answered' ? before : { at: 'failed', reason }));
        }
      },
    );
    return () => {
      isOver = true;
    };
  }, [ask, round]);
  const again = useCallback(() => {
    setRound((before) => before + 1);
  }, []);
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const id = setInterval(() => {
      if (document.visibilityState !== 'hidden') again();
    }, everyMs);
    return () => {
      clearInterval(id);
    };
  }, [again, everyMs]);
  return [answer, again];
}

interface Props<T> {
  readonly answer: Answer<T>;
  /** What this is, in a sentence such as "The audit". */
  readonly what: string;
  readonly onAgain: () => void;
  readonly children: (value: T) => ReactNode;
}

/** The answer, or plainly why there is none. */
export function Fetched<T>({ answer, what, onAgain, children }: Props<T>) {
  const again = (
    <Button color="inherit" onClick={onAgain}>
      Try again
    </Button>
  );
  switch (answer.at) {
    case 'asking':
      return <LinearProgress aria-label={`${what} is being read`} />;
    case 'answered':
      return children(answer.value);
    case 'missing':
      return (
        <Alert severity="info" action={again}>
          {what} is not available: this server does not offer it, or knows nothing of it.
        </Alert>
      );
    case 'forbidden':
      return <Alert severity="info">{what} is not for your role.</Alert>;
    case 'failed':
      return (
        <Alert severity="warning" action={again}>
          {what} could not be read: {answer.reason}
        </Alert>
      );
    default:
      return answer satisfies never;
  }
}
