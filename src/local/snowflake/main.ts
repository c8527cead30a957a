import { fillSample } from '../sample/fill-sample.ts';
import { openPostgresEngine } from './sql/postgres-engine.ts';
import { runStandInProcess } from './stand-in-process.ts';

runStandInProcess(openPostgresEngine, (engine, request, onTable) => fillSample(engine, { ...request, onTable }));
