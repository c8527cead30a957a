import type * as vscode from 'vscode';
import { formatRows } from '../../worker/protocol/figures.ts';
import type { SourceItem, SourceListParams } from '../../worker/protocol/protocol.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { suggestedKey, type TableAnswers } from './configuration-text.ts';
import { answered } from './connection-steps.ts';
import { type Choice, pickOne, pickSeveral } from './inputs.ts';
import { askSteps, type Step } from './steps.ts';

interface ObjectAnswers {
  readonly database?: SourceItem;
  readonly schema?: SourceItem;
  readonly objects?: readonly SourceItem[];
  /** Of the first of the objects: as many as were asked about. */
  readonly tables?: readonly TableAnswers[];
}

/** Lists a level of Snowflake for a person who waits for it and can be asked for a password. */
type List = (
  level: Omit<SourceListParams, 'config' | 'operation'>,
  token: vscode.CancellationToken,
) => Promise<readonly SourceItem[]>;

const title = 'Add Tables';

/**
 * Lets a person choose objects of Snowflake, level by level, and the key of each. Nothing is listed before it is needed.
 *
 * @param operation names a new operation for each request.
 * @returns undefined where the person gave up.
 */
export async function chooseTables(
  worker: Pick<WorkerClient, 'request'>,
  config: string,
  operation: () => string,
): Promise<readonly TableAnswers[] | undefined> {
  const list: List = async (level, token) => {
    const { items } = await worker.request('source/list', { ...level, config, operation: operation() }, token);
    return items;
  };
  const steps = objectSteps(list);
  const answers = await askSteps<ObjectAnswers>(
    ({ objects = [] }) => [...steps, ...objects.map((object, at) => keyStep(list, object, at))],
    {},
  );
  return answers?.tables;
}

function objectSteps(list: List): Step<ObjectAnswers>[] {
  return [
    {
      ask: async (answers, position) =>
        answered(
          answers,
          await pickOne<SourceItem>({
            ...position,
            title,
            placeholder: 'Which database?',
            choices: async (token) =>
              (await list({ list: 'databases' }, token)).map((item) => choiceOf(item, 'database')),
          }),
          (database) => ({ database }),
        ),
    },
    {
      ask: async (answers, position) =>
        answered(
          answers,
          await pickOne<SourceItem>({
            ...position,
            title,
            placeholder: `Which schema of ${answers.database?.name ?? ''}?`,
            choices: async (token) =>
              (await list({ list: 'schemas', database: answers.database?.name ?? '' }, token)).map((item) =>
                choiceOf(item, 'symbol-namespace'),
              ),
          }),
          (schema) => ({ schema }),
        ),
    },
    {
      ask: async (answers, position) =>
        answered(
          answers,
          await pickSeveral<SourceItem>({
            ...position,
            title,
            placeholder: 'Which tables and views are to be kept in Postgres?',
            choices: async (token) => {
              const place = { database: answers.database?.name ?? '', schema: answers.schema?.name ?? '' };
              const items = await list({ list: 'objects', ...place }, token);
              return items.map((item) => choiceOf(item, item.kind === 'view' ? 'eye' : 'table'));
            },
          }),
          (objects) => ({ objects, tables: [] }),
        ),
    },
  ];
}

/** @param at how many objects come before this one. */
function keyStep(list: List, object: SourceItem, at: number): Step<ObjectAnswers> {
  return {
    ask: async (answers, position) => {
      const { database, schema, tables = [] } = answers;
      if (database === undefined || schema === undefined) return undefined;
      let columns: readonly SourceItem[] = [];
      const key = await pickSeveral<SourceItem>({
        ...position,
        title: `${title}: ${object.name}`,
        placeholder: `Which columns identify a row of ${object.name}? None where that is not known.`,
        choices: async (token) => {
          const place = { database: database.name, schema: schema.name, object: object.name };
          columns = await list({ list: 'columns', ...place }, token);
          const suggested = suggestedKey(columns);
          return columns.map((column): Choice<SourceItem> => ({
            label: column.name,
            description: column.type ?? '',
            picked: suggested.includes(column.name),
            value: column,
          }));
        },
      });
      const source = [database, schema, object].map(({ quoted }) => quoted).join('.');
      return answered(answers, key, (chosen) => ({
        tables: [...tables.slice(0, at), { object, source, columns, key: chosen.map(({ name }) => name) }],
      }));
    },
  };
}

function choiceOf(item: SourceItem, icon: string): Choice<SourceItem> {
  return {
    label: `$(${icon}) ${item.name}`,
    description: item.rows === null ? '' : formatRows(item.rows),
    ...(item.comment !== null && item.comment !== '' && { detail: item.comment }),
    value: item,
  };
}
