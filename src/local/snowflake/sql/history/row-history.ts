import type { RelationEntry } from '../catalog/model.ts';
import { trackedThroughout } from '../catalog/tracked-periods.ts';
import { changeTrackingMissing, equalNull, timeTravelUnavailable } from '../errors.ts';
import { isGeospatial } from '../types/data-type.ts';
import type { Moment, TableHistory } from './moment.ts';
import { historyName, rowIdSql, tableName } from './row-storage.ts';
import { millisecondsOf, type TableVersion } from './table-versions.ts';

const day = 24 * 60 * 60 * 1000;

/** A table's rows at moments of the past, as Postgres queries over its rows and their history (`row-storage.ts`). */
export class RowHistory implements TableHistory {
  private readonly table: RelationEntry;
  private readonly versions: readonly TableVersion[];
  private readonly now: Date;

  constructor(table: RelationEntry, versions: readonly TableVersion[], now: Date) {
    this.table = table;
    this.versions = versions;
    this.now = now;
  }

  stateAt(moment: Moment): string {
    this.requireHistory(moment);
    return this.state(moment);
  }

  statesOf(from: Moment, to: Moment): { readonly before: string; readonly after: string } {
    this.requireChanges(from, to);
    return { before: this.state(from), after: this.state(to) };
  }

  grown(from: Moment, to: Moment): { readonly before: string; readonly after: string } {
    this.requireChanges(from, to);
    const before = this.state(from);
    return { before, after: `${before} UNION ALL ${this.inserted(from, to)}` };
  }

  delta(from: Moment, to: Moment): { readonly before: string; readonly after: string } {
    this.requireComparable();
    this.requireChanges(from, to);
    const gone = `SELECT ${this.cells('h', 'h.row_id')} FROM ${historyName(this.table)} h WHERE ${this.began('h', null, from)} AND h.ended IN (${this.between(from, to)})`;
    const come = (alias: string, id: string, name: string): string =>
      `SELECT ${this.cells(alias, id)} FROM ${name} ${alias} WHERE ${this.began(alias, from, to)}`;
    const live = come('t', rowIdSql('t'), tableName(this.table));
    const past = `${come('h', 'h.row_id', historyName(this.table))} AND h.ended NOT IN (${this.upTo(to)})`;
    return { before: gone, after: `${live} UNION ALL ${past}` };
  }

  appended(from: Moment, to: Moment): string {
    this.requireChanges(from, to);
    return this.inserted(from, to);
  }

  /** The rows as they were; each row has at most one version at a moment. */
  private state(moment: Moment): string {
    const live = `SELECT ${this.cells('t', rowIdSql('t'))} FROM ${tableName(this.table)} t WHERE ${this.began('t', null, moment)}`;
    const past = `SELECT ${this.cells('h', 'h.row_id')} FROM ${historyName(this.table)} h WHERE ${this.began('h', null, moment)} AND h.ended NOT IN (${this.upTo(moment)})`;
    return `${live} UNION ALL ${past}`;
  }

  /** Rows as they were inserted, whatever became of them since. An updated row goes on from a version that ended with the same transaction. */
  private inserted(from: Moment, to: Moment): string {
    const history = historyName(this.table);
    const fresh = (alias: string): string =>
      `NOT EXISTS (SELECT 1 FROM ${history} p WHERE p.row_id = ${alias}.row_id AND p.ended = ${alias}.began)`;
    const live = `SELECT ${this.cells('t', rowIdSql('t'))} FROM ${tableName(this.table)} t WHERE ${this.began('t', from, to)} AND ${fresh('t')}`;
    const past = `SELECT ${this.cells('h', 'h.row_id')} FROM ${history} h WHERE ${this.began('h', from, to)} AND ${fresh('h')}`;
    return `${live} UNION ALL ${past}`;
  }

  private cells(alias: string, id: string): string {
    return [...this.table.columns.map(({ storage }) => `${alias}.${storage}`), `${id} AS row_id`].join(', ');
  }

  /** Whether a row was written after the first moment, if there is one, and not after the second. */
  private began(alias: string, after: Moment | null, upTo: Moment): string {
    const base = this.versions.find((version) => version.base);
    const tests = [base === undefined ? 'false' : `${base.token} <= ${upTo.sql}`];
    if (base !== undefined && after !== null) tests.push(`${base.token} > ${after.sql}`);
    const transactions = after === null ? this.upTo(upTo) : this.between(after, upTo);
    return `(${alias}.began IS NULL AND ${tests.join(' AND ')} OR ${alias}.began IN (${transactions}))`;
  }

  private upTo({ sql }: Moment): string {
    return `SELECT v.transaction FROM sf.versions v WHERE v.id = ${this.table.id} AND v.token <= ${sql}`;
  }

  private between(after: Moment, upTo: Moment): string {
    return `${this.upTo(upTo)} AND v.token > ${after.sql}`;
  }

  /**
   * The statement fails at or before the table's creation, beyond its retention period, and within it where history is missing
   * (sql-reference/constructs/at-before, "Usage notes").
   */
  private requireHistory(moment: Moment): void {
    this.requireRetained(moment);
    const lost = this.versions.some((version) => version.token > moment.token && !version.kept);
    if (lost) throw timeTravelUnavailable(this.table.name);
  }

  private requireRetained({ token, of, at }: Moment): void {
    const [created] = this.versions;
    const early =
      created === undefined ||
      (of === 'clock' ? millisecondsOf(token) <= millisecondsOf(created.token) : token < created.token);
    const { retention } = this.table;
    const late = at !== null && (retention === 0 || at < this.now.getTime() - retention * day);
    if (early || late) throw timeTravelUnavailable(this.table.name);
  }

  private requireChanges(from: Moment, to: Moment): void {
    if (!this.table.changeTracking) throw changeTrackingMissing(this.table.name);
    this.requireRetained(from);
    if (!trackedThroughout(this.table, from.token, to.token)) throw changeTrackingMissing(this.table.name);
    this.requireHistory(from);
  }

  /**
   * The changes are found by comparing rows before and after, and geospatial values cannot be compared ("Standard streams cannot retrieve
   * change data for geospatial data", sql-reference/sql/create-stream). What an account says is that EQUAL_NULL does not take them.
   */
  private requireComparable(): void {
    const column = this.table.columns.find(({ type }) => isGeospatial(type));
    if (column !== undefined) throw equalNull(column.type.kind);
  }
}
