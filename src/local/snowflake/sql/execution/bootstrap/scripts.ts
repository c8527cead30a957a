import { core } from './core.ts';
import { datetimes } from './datetimes.ts';
import { geospatial } from './geospatial.ts';
import { json } from './json.ts';
import { numbers } from './numbers.ts';
import { text } from './text.ts';

/** All that the engine needs in its database, safe to run again. One script a statement list: each is sent by itself. */
export const bootstrapScripts: readonly string[] = [core, numbers, text, json, datetimes, geospatial];
