import { describe, expect, it } from 'vitest';
import { adviceFor } from '../src/index';

describe('adviceFor', () => {
  it.each([1001, 1002, 1006, 1011, 1012, 1013, 2000, 2999, 3000, 3001, 3002, 3003, 3004, 3005])(
    'should reconnect after %i',
    (code) => {
      expect(adviceFor(code, '').action).toBe('reconnect');
    },
  );

  it.each([3500, 3501, 3502, 3503, 3504])('should stay away after %i', (code) => {
    expect(adviceFor(code, '').action).toBe('stop');
  });

  it('should wait as long as a server that goes away says', () => {
    expect(adviceFor(3000, '4200')).toEqual({ action: 'reconnect', delayMs: 4_200 });
    expect(adviceFor(3000, 'shutting down')).toEqual({ action: 'reconnect' });
    expect(adviceFor(3001, '4200')).toEqual({ action: 'reconnect' });
  });

  it('should fetch a new token after 3006', () => {
    expect(adviceFor(3006, '')).toEqual({ action: 'reconnect', refreshToken: true });
  });
});
