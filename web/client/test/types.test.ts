import { describe, expectTypeOf, it } from 'vitest';
import type { BatchProgress, Doubt, RoomHandle, ServerFrame, Task, Update } from '../src/index';

describe('the types', () => {
  it('should give each event its own data', () => {
    const check = (room: RoomHandle): void => {
      room.on('task_update', (value) => {
        expectTypeOf(value).toEqualTypeOf<Task>();
      });
      room.on('batch_progress', (value) => {
        expectTypeOf(value).toEqualTypeOf<BatchProgress>();
      });
      room.on('snapshot', (value) => {
        expectTypeOf(value.tasks).toEqualTypeOf<readonly Task[]>();
      });
      // @ts-expect-error there is no such event
      room.on('nonsense', () => undefined);
      expectTypeOf(room.on('live', () => undefined)).toEqualTypeOf<() => void>();
    };
    expectTypeOf(check).toBeFunction();
  });

  it('should tell updates and frames apart by one field', () => {
    type DataOf<T extends Update['type']> = Extract<Update, { type: T }>['data'];
    expectTypeOf<DataOf<'gap'>>().toHaveProperty('reason');
    expectTypeOf<DataOf<'queue_depth'>['depth']>().toBeNumber();
    expectTypeOf<ServerFrame['kind']>().toEqualTypeOf<
      'batch' | 'snapshot' | 'registered' | 'reply' | 'failure' | 'pong'
    >();
  });

  it('should keep what is told readonly', () => {
    const check = (task: Task, doubt: Doubt): void => {
      // @ts-expect-error a row is replaced, never changed
      task.state = 'SUCCESS';
      // @ts-expect-error phases are moved by the library
      doubt.phase = 'confirmed';
    };
    expectTypeOf(check).toBeFunction();
  });
});
