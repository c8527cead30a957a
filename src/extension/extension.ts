/** Called by VS Code when the extension is first needed. */
export function activate(): void {
  // The parts that it builds arrive one by one.
}
