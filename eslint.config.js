import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The arrows between the parts run one way only: see "Layout and tools" in docs/decisions.md. */
const forbid = (parts, message) => ({
  patterns: [{ group: parts.map((part) => `**/${part}/**`), message }],
});

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'coverage/',
      'test/vscode/out/',
      'test/vscode/artifacts/',
      'examples/',
      '**/*.generated.mjs',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Name what is exported.' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['src/sync-core/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: 'vscode', message: 'sync-core never imports vscode.' }],
          ...forbid(['worker', 'local', 'extension'], 'sync-core knows nothing of its faces.'),
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'sync-core never reads the environment: pass it in.' },
        { object: 'process', property: 'argv', message: 'sync-core never reads argv: pass it in.' },
        { object: 'process', property: 'stdout', message: 'sync-core never prints.' },
        { object: 'process', property: 'stderr', message: 'sync-core never prints.' },
      ],
    },
  },
  {
    files: ['src/local/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        forbid(['worker', 'sync-core', 'extension'], 'The local parts know nothing of the library or its faces.'),
      ],
    },
  },
  {
    files: ['src/extension/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/sync-core/**', '**/local/**'],
              message: 'The extension talks to the worker over its protocol.',
            },
            { regex: '/worker/(?!protocol/)', message: 'Of the worker, the extension knows the protocol alone.' },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        require: 'readonly',
        module: 'writable',
        setInterval: 'readonly',
      },
    },
  },
);
