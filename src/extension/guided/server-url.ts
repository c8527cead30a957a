/** What is wrong with the URL of a database; undefined where nothing is. The worker looks at it more closely. */
export function urlProblem(text: string): string | undefined {
  if (!/^postgres(?:ql)?:\/\//.test(text)) return 'It begins with postgresql://, then user@host:port/database.';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'This is no URL: postgresql://user@host:port/database?sslmode=verify-full';
  }
  if (url.password !== '' || url.searchParams.has('password')) {
    return 'Leave the password out: whoever reads the file would read it too. It is asked for next.';
  }
  return url.hostname === '' && !url.searchParams.has('host') ? 'The host is missing.' : undefined;
}

/** What a target at a URL is called: `server` on this machine, otherwise `cloud`. */
export function nameOfServer(text: string): string {
  const host = URL.canParse(text) ? new URL(text).hostname : '';
  return ['localhost', '127.0.0.1', '[::1]'].includes(host) ? 'server' : 'cloud';
}

export function isEnvironmentVariable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
