import { administratorRoles, type CatalogDocument, type GrantEntry } from './model.ts';

/** The role itself, PUBLIC, and every role that has been granted to one of them. */
export function effectiveRoles(catalog: CatalogDocument, role: string): ReadonlySet<string> {
  const roles = new Set<string>();
  const pending = [role, 'PUBLIC'];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (roles.has(next)) continue;
    roles.add(next);
    pending.push(...(catalog.roles[next]?.inherits ?? []));
  }
  return roles;
}

export function isAdministrator(catalog: CatalogDocument, role: string): boolean {
  return [...effectiveRoles(catalog, role)].some((each) => administratorRoles.has(each));
}

/** The privileges that a role has on an object, itself and through roles granted to it; OWNERSHIP means all. */
export function privilegesOn(
  catalog: CatalogDocument,
  role: string,
  kind: GrantEntry['kind'],
  object: readonly string[],
  owner: string,
): ReadonlySet<string> {
  const roles = effectiveRoles(catalog, role);
  const privileges = new Set<string>();
  if (roles.has(owner) || isAdministrator(catalog, role)) privileges.add('OWNERSHIP');
  for (const grant of catalog.grants) {
    if (grant.future || grant.kind !== kind || !roles.has(grant.role)) continue;
    if (grant.object.length === object.length && grant.object.every((part, i) => part === object[i])) {
      privileges.add(grant.privilege);
    }
  }
  return privileges;
}

export function allows(privileges: ReadonlySet<string>, privilege: string): boolean {
  return privileges.has('OWNERSHIP') || privileges.has('ALL') || privileges.has(privilege);
}

/** Gives a new object the future grants of its schema and database. */
export function applyFutureGrants(
  catalog: CatalogDocument,
  kind: 'TABLE' | 'VIEW' | 'SCHEMA',
  object: readonly string[],
  now: number,
): void {
  for (const grant of [...catalog.grants]) {
    if (!grant.future || grant.kind !== kind) continue;
    if (!grant.object.every((part, i) => part === object[i])) continue;
    catalog.grants.push({ ...grant, object: [...object], future: false, createdAt: now });
  }
}
