import { randomUUID } from 'node:crypto';

/**
 * Names of operations, as the worker hands them back in notifications and when it asks for a secret. Who waits for the
 * operation is part of its name: a person may be asked for a password, looking at a view must never make a box pop up.
 */
export type OperationOrigin = 'person' | 'background';

/** A name that no other operation has. */
export function newOperation(origin: OperationOrigin): string {
  return `${origin}:${randomUUID()}`;
}

/** Whether a person has started the operation and waits for it. */
export function isOfPerson(operation: string | null): boolean {
  return operation?.startsWith('person:') === true;
}
