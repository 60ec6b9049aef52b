import type { QueueStorage, StoredMessage } from './queue';

const STORE = 'messages';

/** Keeps waiting messages in the browser's IndexedDB, one database per name. */
export function indexedDbStorage<T>(
  name: string,
  factory: IDBFactory = indexedDB,
): QueueStorage<T> {
  let opened: Promise<IDBDatabase> | undefined;
  const open = (): Promise<IDBDatabase> =>
    (opened ??= new Promise((resolve, reject) => {
      const request = factory.open(name, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(STORE, { keyPath: 'msgId' });
      };
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        opened = undefined;
        reject(request.error ?? new Error('IndexedDB cannot be opened'));
      };
    }));
  const run = async <R>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<R>,
  ): Promise<R> => {
    const database = await open();
    return new Promise((resolve, reject) => {
      const request = act(database.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(request.error ?? new Error('IndexedDB failed'));
      };
    });
  };
  return {
    load: () => run('readonly', (store) => store.getAll() as IDBRequest<StoredMessage<T>[]>),
    async put(message) {
      await run('readwrite', (store) => store.put(message));
    },
    async remove(msgId) {
      await run('readwrite', (store) => store.delete(msgId));
    },
  };
}
