/**
 * A value that should have the type `T`, and in which anything may be missing: what a schema check leaves of a file after it
 * has taken out what is wrong. Values that are there have the right JSON type.
 */
export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly (Loose<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Loose<T[Key]> | undefined }
    : T;
