// Says in one sentence why the database cannot be used and what to do about it. Shown without a stack trace.
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
}
