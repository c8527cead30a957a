import assert from 'node:assert/strict';
import fc from 'fast-check';
import { printSeed, rounds } from '../support/random.ts';
import type { SnowflakeClient } from '../support/snowflake-client.ts';
import { TimedStandIn } from '../support/timed-stand-in.ts';

interface Pair {
  readonly id: number;
  readonly v: number;
}

/** A statement that changes rows; the rows are those whose id has the remainder, several of which may have one id. */
type Dml =
  | { readonly do: 'insert' | 'overwrite'; readonly rows: readonly Pair[] }
  | { readonly do: 'update'; readonly remainder: number; readonly add: number }
  | { readonly do: 'delete'; readonly remainder: number }
  | { readonly do: 'merge'; readonly rows: readonly Pair[] }
  | { readonly do: 'truncate' };

type End = 'autocommit' | 'commit' | 'rollback';

type Step =
  | { readonly do: 'write'; readonly statements: readonly Dml[]; readonly end: End }
  | {
      readonly do: 'consume';
      readonly stream: number;
      /** Run in the same transaction, before the stream is consumed and after. */
      readonly before: readonly Dml[];
      readonly after: readonly Dml[];
      readonly end: End;
    }
  | { readonly do: 'look'; readonly from: number; readonly to: number };

/** Rows by an identity that an update keeps, which no column shows. */
type State = ReadonlyMap<number, Pair>;

/** The table and its commits, in memory. */
class Model {
  /** The table after each commit; the first is what it came with. */
  readonly commits: State[];
  private readonly appended: Pair[][] = [[]];
  private identity = 0;

  constructor(rows: readonly Pair[]) {
    this.commits = [new Map(rows.map((row) => [++this.identity, row]))];
  }

  get current(): State {
    return this.commits.at(-1) ?? new Map();
  }

  apply(statement: Dml, state: State): State {
    const next = new Map(state);
    const insert = (rows: readonly Pair[]): void => {
      for (const row of rows) next.set(++this.identity, row);
    };
    switch (statement.do) {
      case 'insert':
        insert(statement.rows);
        break;
      case 'overwrite':
        next.clear();
        insert(statement.rows);
        break;
      case 'truncate':
        next.clear();
        break;
      case 'delete':
        for (const [key, { id }] of state) if (id % 3 === statement.remainder) next.delete(key);
        break;
      case 'update':
        for (const [key, { id, v }] of state) {
          if (id % 3 === statement.remainder) next.set(key, { id, v: v + statement.add });
        }
        break;
      case 'merge':
        for (const { id, v } of statement.rows) {
          const matched = [...state].filter(([, row]) => row.id === id);
          for (const [key, row] of matched) {
            if (row.v % 2 === 0) next.delete(key);
            else next.set(key, { id, v });
          }
          if (matched.length === 0) insert([{ id, v }]);
        }
    }
    return next;
  }

  commit(state: State): void {
    this.appended.push(
      [...state].filter(([key]) => !this.current.has(key)).flatMap(([key, row]) => this.isNew(key, row)),
    );
    this.commits.push(state);
  }

  private isNew(key: number, row: Pair): Pair[] {
    return this.commits.some((state) => state.has(key)) ? [] : [row];
  }

  changes(from: number, to: number): string[] {
    const before = this.commits[from] ?? new Map<number, Pair>();
    const after = this.commits[to] ?? new Map<number, Pair>();
    const records: string[] = [];
    const tell = ({ id, v }: Pair, action: string, isUpdate: boolean): void => {
      records.push([id, v, action, isUpdate ? 'TRUE' : 'FALSE'].join());
    };
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const old = before.get(key);
      const now = after.get(key);
      if (old?.id === now?.id && old?.v === now?.v) continue;
      if (old !== undefined) tell(old, 'DELETE', now !== undefined);
      if (now !== undefined) tell(now, 'INSERT', old !== undefined);
    }
    return records.sort();
  }

  /** All rows of a commit, as a stream with SHOW_INITIAL_ROWS gives them. */
  rows(commit: number): string[] {
    const state = this.commits[commit] ?? new Map<number, Pair>();
    return [...state.values()].map(({ id, v }) => [id, v, 'INSERT', 'FALSE'].join()).sort();
  }

  appends(from: number, to: number): string[] {
    return this.appended
      .slice(from + 1, to + 1)
      .flat()
      .map(({ id, v }) => [id, v, 'INSERT', 'FALSE'].join())
      .sort();
  }
}

const values = (rows: readonly Pair[]): string => rows.map(({ id, v }) => `(${id}, ${v})`).join(', ');

function sqlOf(statement: Dml): string {
  switch (statement.do) {
    case 'insert':
      return `INSERT INTO t VALUES ${values(statement.rows)}`;
    case 'overwrite':
      return `INSERT OVERWRITE INTO t VALUES ${values(statement.rows)}`;
    case 'update':
      return `UPDATE t SET v = v + ${statement.add} WHERE id % 3 = ${statement.remainder}`;
    case 'delete':
      return `DELETE FROM t WHERE id % 3 = ${statement.remainder}`;
    case 'merge':
      return `MERGE INTO t USING (SELECT * FROM VALUES ${values(statement.rows)}) s (id, v) ON t.id = s.id
        WHEN MATCHED AND t.v % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)`;
    case 'truncate':
      return 'TRUNCATE TABLE t';
  }
}

const pair = fc.record({ id: fc.integer({ min: 0, max: 8 }), v: fc.integer({ min: 0, max: 5 }) });
const pairs = fc.array(pair, { minLength: 1, maxLength: 4 });
const remainder = fc.integer({ min: 0, max: 2 });
const dml: fc.Arbitrary<Dml> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('insert' as const), rows: pairs }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('update' as const), remainder, add: fc.integer({ min: -1, max: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), remainder }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('merge' as const),
      rows: fc.uniqueArray(pair, { minLength: 1, maxLength: 4, selector: ({ id }) => id }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('overwrite' as const), rows: pairs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const) }) },
);
const end = fc.constantFrom<End>('autocommit', 'commit', 'commit', 'rollback');
const few = fc.array(dml, { maxLength: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      statements: fc.array(dml, { minLength: 1, maxLength: 4 }),
      end,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('consume' as const),
      stream: fc.nat({ max: 2 }),
      before: few,
      after: few,
      end,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), from: fc.nat(), to: fc.nat() }) },
);

const streams = [
  { name: 's0', more: '', append: false },
  { name: 's1', more: 'SHOW_INITIAL_ROWS = TRUE', append: false },
  { name: 's2', more: 'APPEND_ONLY = TRUE', append: true },
] as const;

describe('the changes of a table of the stand-in, by random steps', function () {
  this.timeout(1_800_000);
  let standIn: TimedStandIn;
  let client: SnowflakeClient;

  before(async () => {
    standIn = await TimedStandIn.start();
    client = await standIn.connect();
  });
  after(() => standIn.close());

  /** One run: the table, its model, and how to name each commit. */
  class Run {
    readonly model: Model;
    /** For each commit a point in time after it, and before the next. */
    readonly points: string[] = [];
    /** Where each stream stands, as a commit's number; and whether it still gives initial rows. */
    private readonly offsets = streams.map(({ more }) => ({ at: 0, initial: more.startsWith('SHOW') }));

    constructor(rows: readonly Pair[]) {
      this.model = new Model(rows);
    }

    async start(): Promise<void> {
      const rows = [...this.model.current.values()];
      const filled =
        rows.length === 0 ? 'SELECT 0 AS id, 0 AS v WHERE FALSE' : `SELECT * FROM VALUES ${values(rows)} x (id, v)`;
      await client.run(`CREATE OR REPLACE TABLE t (id INT, v INT) CHANGE_TRACKING = TRUE AS ${filled}`);
      for (const { name, more } of streams) {
        await client.run(
          `CREATE OR REPLACE STREAM ${name} ON TABLE t ${more}`,
          `CREATE OR REPLACE TABLE log_${name} (n INT, id INT, v INT, action VARCHAR, isupdate BOOLEAN)`,
        );
      }
      await this.point();
    }

    private async point(queryId?: string): Promise<void> {
      const byTime = await standIn.moment(client);
      this.points.push(queryId === undefined || this.points.length % 2 === 0 ? byTime : `STATEMENT => '${queryId}'`);
    }

    async take(step: Step): Promise<void> {
      if (step.do === 'look') return this.look(step.from % this.points.length, step.to % this.points.length);
      if (step.do === 'write') return this.write(step.statements, step.end);
      return this.consume(step);
    }

    private async write(statements: readonly Dml[], end: End): Promise<void> {
      if (end === 'autocommit') {
        for (const statement of statements) {
          const { queryId } = await client.run(sqlOf(statement));
          this.model.commit(this.model.apply(statement, this.model.current));
          await this.point(queryId);
        }
        return;
      }
      await client.run('BEGIN');
      const state = await this.within(statements, this.model.current);
      const { queryId } = await client.run(end);
      if (end === 'rollback') return;
      this.model.commit(state);
      await this.point(queryId);
    }

    private async within(statements: readonly Dml[], state: State): Promise<State> {
      let next = state;
      for (const statement of statements) {
        await client.run(sqlOf(statement));
        next = this.model.apply(statement, next);
      }
      return next;
    }

    private expected(stream: number): string[] {
      const { at, initial } = this.offsets[stream] ?? { at: 0, initial: false };
      const last = this.model.commits.length - 1;
      if (initial) return this.model.rows(at);
      return streams[stream]?.append === true ? this.model.appends(at, last) : this.model.changes(at, last);
    }

    private advance(stream: number): void {
      const { at, initial } = this.offsets[stream] ?? { at: 0, initial: false };
      this.offsets[stream] = { at: initial ? at : this.model.commits.length - 1, initial: false };
    }

    private async consume({ stream, before, after, end }: Extract<Step, { do: 'consume' }>): Promise<void> {
      const { name } = streams[stream] ?? streams[0];
      const read = `SELECT id, v, metadata$action, metadata$isupdate FROM ${name}`;
      const take = `INSERT INTO log_${name} SELECT ${this.model.commits.length}, x.* FROM (${read}) x`;
      const expected = this.expected(stream);
      if (end === 'autocommit') {
        await this.write(before, end);
        const all = this.expected(stream);
        await client.run(`TRUNCATE TABLE log_${name}`, take);
        assert.deepEqual(await this.sorted(`SELECT id, v, action, isupdate FROM log_${name}`), all, name);
        this.advance(stream);
        assert.deepEqual(await this.sorted(read), this.expected(stream), `${name} after it was consumed`);
        return;
      }
      await client.run('BEGIN');
      let state = await this.within(before, this.model.current);
      assert.deepEqual(await this.sorted(read), expected, `${name} in a transaction`);
      await client.run(`TRUNCATE TABLE log_${name}`, take);
      state = await this.within(after, state);
      assert.deepEqual(await this.sorted(`SELECT id, v, action, isupdate FROM log_${name}`), expected, name);
      assert.deepEqual(await this.sorted(read), expected, `${name} again in its transaction`);
      const { queryId } = await client.run(end);
      if (end === 'rollback') return;
      // The stream stands where the transaction began, before the transaction's own changes.
      this.advance(stream);
      if (before.length + after.length > 0) {
        this.model.commit(state);
        await this.point(queryId);
      }
      assert.deepEqual(await this.sorted(read), this.expected(stream), `${name} after its transaction`);
    }

    private async look(a: number, b: number): Promise<void> {
      const [from, to] = a < b ? [a, b] : [b, a];
      const rows = [...(this.model.commits[from]?.values() ?? [])].map(({ id, v }) => `${id},${v}`).sort();
      assert.deepEqual(await this.sorted(`SELECT id, v FROM t AT(${this.points[from]})`), rows, `the rows of ${from}`);
      const interval = `AT(${this.points[from]}) END(${this.points[to]})`;
      const told = (kind: string): Promise<string[]> =>
        this.sorted(
          `SELECT id, v, metadata$action, metadata$isupdate FROM t CHANGES(INFORMATION => ${kind}) ${interval}`,
        );
      assert.deepEqual(await told('DEFAULT'), this.model.changes(from, to), `the changes from ${from} to ${to}`);
      assert.deepEqual(await told('APPEND_ONLY'), this.model.appends(from, to), `appended from ${from} to ${to}`);
      const ids = await client.rows(
        `SELECT COUNT(*), COUNT(DISTINCT metadata$row_id, metadata$action) FROM t CHANGES(INFORMATION => DEFAULT) ${interval}`,
      );
      assert.equal(ids[0]?.[0], ids[0]?.[1], 'a row id stands once for each action');
    }

    private async sorted(query: string): Promise<string[]> {
      return (await client.rows(query)).map((row) => row.join()).sort();
    }

    async finish(): Promise<void> {
      const last = this.points.length - 1;
      await this.look(0, last);
      for (const [stream] of streams.entries()) {
        // Twice: the first time a stream may give its initial rows.
        for (let i = 0; i < 2; i += 1)
          await this.consume({ do: 'consume', stream, before: [], after: [], end: 'autocommit' });
        assert.deepEqual(this.expected(stream), []);
      }
    }
  }

  it('are those of a model in memory, and no stream loses or repeats one', async () => {
    const seed = printSeed('changes of random transactions');
    const start = fc.array(pair, { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(start, fc.array(step, { minLength: 4, maxLength: 14 }), async (rows, steps) => {
        const run = new Run(rows);
        await run.start();
        for (const each of steps) await run.take(each);
        await run.finish();
      }),
      { seed, numRuns: rounds({ ci: 25, soak: 1000 }), endOnFailure: false },
    );
  });
});
