import { runStandInProcess } from '../../src/local/snowflake/stand-in-process.ts';
import { GeneratingEngine } from './snowflake-wire-engine.ts';

/** The stand-in's process on an engine without a database; the URL `broken:` stands for one that cannot be reached. */
runStandInProcess(({ url }) =>
  url === 'broken:' ? Promise.reject(new Error('connection refused')) : Promise.resolve(new GeneratingEngine()),
);
