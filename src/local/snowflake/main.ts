import { fillSample } from '../sample/fill-sample.ts';
import { openPostgresEngine } from './sql/postgres-engine.ts';
import { runStandInProcess } from './stand-in-process.ts';

/** The process of the Snowflake stand-in, on the Postgres engine, with sample data where it is asked for. */
runStandInProcess(openPostgresEngine, (engine, request, onTable) => fillSample(engine, { ...request, onTable }));
