/** An id that no other node has: names of files, targets and tables may have any character in them. */
export function nodeId(...parts: readonly (string | number)[]): string {
  return parts.map((part) => encodeURIComponent(part)).join('/');
}
