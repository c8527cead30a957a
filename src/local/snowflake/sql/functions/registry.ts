import { binaryFunctions } from './binary-functions.ts';
import { conditionalFunctions } from './conditional-functions.ts';
import { contextFunctions } from './context-functions.ts';
import { conversionFunctions } from './conversion-functions.ts';
import { datetimeFunctions } from './datetime-functions.ts';
import type { FunctionDefinition } from './definition.ts';
import { geospatialFunctions } from './geospatial-functions.ts';
import { numericFunctions } from './numeric-functions.ts';
import { semiStructuredFunctions } from './semi-structured-functions.ts';
import { textFunctions } from './text-functions.ts';

/** Every scalar function that the stand-in knows, by name. */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map([
  ...Object.entries(conversionFunctions),
  ...Object.entries(conditionalFunctions),
  ...Object.entries(textFunctions),
  ...Object.entries(binaryFunctions),
  ...Object.entries(numericFunctions),
  ...Object.entries(datetimeFunctions),
  ...Object.entries(semiStructuredFunctions),
  ...Object.entries(geospatialFunctions),
  ...Object.entries(contextFunctions),
]);
