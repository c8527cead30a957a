/** What a report shows, in plain JSON: the face that the extension and the report's script have in common. */
export interface ReportView {
  readonly title: string;
  /** Where: target and configuration. */
  readonly subtitle: string;
  /** The result in one sentence. */
  readonly summary: string;
  readonly tone: Tone;
  /** When it was made, in ms since the epoch. */
  readonly at: number;
  readonly sections: readonly ReportSection[];
}

export type Tone = 'good' | 'warning' | 'bad' | 'neutral';

/** One table of the configuration. */
export interface ReportSection {
  readonly table: string;
  readonly badge: { readonly text: string; readonly tone: Tone };
  readonly blocks: readonly ReportBlock[];
  readonly actions: readonly ReportActionView[];
}

export type ReportBlock =
  | { readonly kind: 'facts'; readonly facts: readonly ReportFact[] }
  | { readonly kind: 'notice'; readonly tone: Tone; readonly message: string; readonly remedy: string | null }
  | {
      readonly kind: 'table';
      readonly title: string;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly ReportCell[])[];
      /** Shut at first. */
      readonly folded: boolean;
    }
  | { readonly kind: 'sql'; readonly title: string; readonly text: string; readonly folded: boolean }
  | DifferencesBlock;

export interface ReportFact {
  readonly label: string;
  readonly value: string;
  readonly reason?: string;
}

export interface ReportCell {
  readonly text: string;
  readonly style: 'text' | 'code' | 'number' | 'muted';
  /** What is new, goes or is otherwise than it was. */
  readonly change?: 'added' | 'removed' | 'changed';
}

/** Rows that differ, with the values of both sides. */
export interface DifferencesBlock {
  readonly kind: 'differences';
  readonly title: string;
  readonly rows: readonly DifferenceView[];
  /** More rows differ than are shown; null where all are. */
  readonly more: string | null;
}

export interface DifferenceView {
  readonly kind: 'missing' | 'extra' | 'different';
  /** `from_asset_id = 17, to_asset_id = 4` */
  readonly key: string;
  /** Null stands for SQL's NULL. */
  readonly columns: readonly {
    readonly column: string;
    readonly source: string | null;
    readonly target: string | null;
  }[];
}

export type ReportAction = 'sync' | 'plan' | 'verify' | 'diff' | 'repair' | 'openConfiguration' | 'showLog';

export interface ReportActionView {
  readonly action: ReportAction;
  readonly label: string;
}
