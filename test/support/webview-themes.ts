/** Colours of VS Code's default themes, as a webview gets them, and the styles that VS Code puts into every webview. */

const dark = {
  'editor-background': '#1f1f1f',
  foreground: '#cccccc',
  descriptionForeground: '#9d9d9d',
  focusBorder: '#0078d4',
  'button-background': '#0078d4',
  'button-foreground': '#ffffff',
  'button-hoverBackground': '#026ec1',
  'button-border': '#ffffff1a',
  'button-secondaryBackground': '#00000000',
  'button-secondaryForeground': '#cccccc',
  'button-secondaryHoverBackground': '#2b2b2b',
  'input-background': '#313131',
  'input-border': '#3c3c3c',
  'input-foreground': '#cccccc',
  'input-placeholderForeground': '#989898',
  'dropdown-background': '#313131',
  'dropdown-border': '#3c3c3c',
  'dropdown-foreground': '#cccccc',
  'progressBar-background': '#0078d4',
  'testing-iconPassed': '#73c991',
  'testing-iconFailed': '#f14c4c',
  'editorWarning-foreground': '#cca700',
  'textBlockQuote-background': '#2b2b2b',
  'textCodeBlock-background': '#2b2b2b',
  'widget-border': '#313131',
  'editorWidget-border': '#454545',
  'charts-blue': '#3794ff',
  'scrollbarSlider-background': '#79797966',
  'list-hoverBackground': '#2a2d2e',
  'debugTokenExpression-name': '#c586c0',
  'debugTokenExpression-string': '#ce9178',
  'debugTokenExpression-number': '#b5cea8',
  'diffEditor-insertedTextBackground': '#9ccc2c33',
  'diffEditor-removedTextBackground': '#ff000033',
};

const light: typeof dark = {
  'editor-background': '#ffffff',
  foreground: '#3b3b3b',
  descriptionForeground: '#3b3b3b',
  focusBorder: '#005fb8',
  'button-background': '#005fb8',
  'button-foreground': '#ffffff',
  'button-hoverBackground': '#0258a8',
  'button-border': '#0000001a',
  'button-secondaryBackground': '#e5e5e5',
  'button-secondaryForeground': '#3b3b3b',
  'button-secondaryHoverBackground': '#cccccc',
  'input-background': '#ffffff',
  'input-border': '#cecece',
  'input-foreground': '#3b3b3b',
  'input-placeholderForeground': '#767676',
  'dropdown-background': '#ffffff',
  'dropdown-border': '#cecece',
  'dropdown-foreground': '#3b3b3b',
  'progressBar-background': '#005fb8',
  'testing-iconPassed': '#73c991',
  'testing-iconFailed': '#f14c4c',
  'editorWarning-foreground': '#bf8803',
  'textBlockQuote-background': '#f8f8f8',
  'textCodeBlock-background': '#f8f8f8',
  'widget-border': '#e5e5e5',
  'editorWidget-border': '#c8c8c8',
  'charts-blue': '#1a85ff',
  'scrollbarSlider-background': '#64646466',
  'list-hoverBackground': '#f2f2f2',
  'debugTokenExpression-name': '#9b46b0',
  'debugTokenExpression-string': '#a31515',
  'debugTokenExpression-number': '#098658',
  'diffEditor-insertedTextBackground': '#9ccc2c40',
  'diffEditor-removedTextBackground': '#ff000033',
};

/** A theme of high contrast leaves most backgrounds undefined and draws borders. */
const highContrast: Readonly<Record<string, string>> = {
  'editor-background': '#000000',
  foreground: '#ffffff',
  descriptionForeground: '#ffffffb3',
  contrastBorder: '#6fc3df',
  focusBorder: '#f38518',
  'button-foreground': '#ffffff',
  'button-border': '#6fc3df',
  'button-secondaryForeground': '#ffffff',
  'input-background': '#000000',
  'input-border': '#6fc3df',
  'input-foreground': '#ffffff',
  'input-placeholderForeground': '#ffffffb3',
  'dropdown-background': '#000000',
  'dropdown-border': '#6fc3df',
  'dropdown-foreground': '#ffffff',
  'progressBar-background': '#6fc3df',
  'testing-iconPassed': '#73c991',
  'testing-iconFailed': '#f14c4c',
  'editorWarning-foreground': '#ffd370',
  'textCodeBlock-background': '#000000',
  'widget-border': '#6fc3df',
  'editorWidget-border': '#6fc3df',
  'charts-blue': '#3794ff',
  'scrollbarSlider-background': '#6fc3df99',
  'list-hoverBackground': '#ffffff1a',
  'debugTokenExpression-name': '#c586c0',
  'debugTokenExpression-string': '#ce9178',
  'debugTokenExpression-number': '#89d185',
  'diffEditor-insertedTextBorder': '#33ff2e',
  'diffEditor-removedTextBorder': '#ff008f',
};

const defaults = `
html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
body { margin: 0; padding: 0 20px; overscroll-behavior-x: none; background-color: var(--vscode-editor-background);
  color: var(--vscode-foreground); font-family: system-ui, 'Ubuntu', sans-serif; font-size: 13px; }
code { font-family: var(--vscode-editor-font-family, monospace); }`;

function styles(colours: Readonly<Record<string, string>>): string {
  const variables = Object.entries(colours).map(([name, colour]) => `--vscode-${name}: ${colour};`);
  return `:root { ${variables.join(' ')} --vscode-editor-font-size: 13px; }${defaults}`;
}

export const webviewThemes = {
  dark: styles(dark),
  light: styles(light),
  'high-contrast': styles(highContrast),
} as const;

export type WebviewTheme = keyof typeof webviewThemes;
