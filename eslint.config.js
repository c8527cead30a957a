import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The arrows between the parts run one way only: see "Layout" in docs/decisions.md. */
const importArrows = [
  {
    target: './src/sync-core',
    from: ['./src/worker', './src/local', './src/extension'],
    message: 'sync-core knows nothing of its faces.',
  },
  {
    target: './src/local',
    from: ['./src/worker', './src/extension'],
    message: 'local parts know nothing of the worker.',
  },
  {
    target: './src/extension',
    from: ['./src/sync-core', './src/local', './src/worker'],
    except: [],
    message: 'The extension talks to the worker over its protocol: import src/worker/protocol.ts types only.',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'examples/', '**/*.generated.mjs'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: importArrows }],
      'import-x/no-default-export': 'error',
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
      'no-restricted-imports': ['error', { paths: [{ name: 'vscode', message: 'sync-core never imports vscode.' }] }],
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
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', require: 'readonly', module: 'writable' },
    },
  },
);
