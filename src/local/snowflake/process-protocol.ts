import type { SampleProgress } from '../sample/fill-sample.ts';
import type { LocalSnowflakeErrorCode } from './local-snowflake-error.ts';

/** What the stand-in's process tells the one that started it. */
export type StandInReport =
  | { readonly kind: 'sample-table'; readonly table: SampleProgress }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly code: LocalSnowflakeErrorCode; readonly message: string };

/** The environment variable that carries the engine's Postgres URL: an argument would show its password to everybody. */
export const ENGINE_URL_VARIABLE = 'SNOWMELT_STAND_IN_ENGINE_URL';
