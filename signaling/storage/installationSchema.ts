// The table of storage/erasing.ts.
export interface InstallationTables {
  /** One row, once it is being erased: no process serves it any more. */
  installation: {
    id: string;
    erasing_since: number;
  };
}
