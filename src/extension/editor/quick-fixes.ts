import * as vscode from 'vscode';
import type { ConfigProblem } from '../../worker/protocol/protocol.ts';
import { writtenTargetColumn } from './column-names.ts';
import { rangeOf } from './configuration-documents.ts';
import type { ConfigurationDiagnostics } from './diagnostics.ts';
import { addIndex, type Indentation, setValue, type TextReplacement } from './edits.ts';
import { isSecret } from './reference-section.ts';
import { escapeForJson } from './source-name.ts';

/** Mends what the diagnostics report, where there is one way to do it. */
export class ConfigurationQuickFixes implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix] as const;

  readonly #diagnostics: ConfigurationDiagnostics;

  constructor(diagnostics: ConfigurationDiagnostics) {
    this.#diagnostics = diagnostics;
  }

  provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    return diagnostics.flatMap((diagnostic) => {
      const finding = this.#diagnostics.findingOf(document.uri, diagnostic);
      if (finding === undefined) return [];
      if (finding.kind === 'problem') return fixesOf(document, diagnostic, finding.problem);
      const index = { columns: [writtenTargetColumn(finding.column)], method: 'gist' };
      const edits = addIndex(document.getText(), finding.table, index, indentationOf(document));
      return [fix(document, diagnostic, `Add a GiST index on ${finding.column}`, edits)];
    });
  }
}

function fixesOf(
  document: vscode.TextDocument,
  diagnostic: vscode.Diagnostic,
  problem: ConfigProblem,
): vscode.CodeAction[] {
  const { suggestion, path } = problem;
  const text = document.getText(rangeOf(document, problem));
  if (suggestion !== undefined && text.startsWith('"')) {
    const content = `"${escapeForJson(suggestion)}"`;
    const { offset, length } = problem;
    return [fix(document, diagnostic, `Change to ${JSON.stringify(suggestion)}`, [{ offset, length, content }])];
  }
  if (isSecret(path) && text.startsWith('"')) {
    const edits = setValue(document.getText(), path, { prompt: true }, indentationOf(document));
    return [fix(document, diagnostic, 'Take it out of the file, and ask for it: { "prompt": true }', edits)];
  }
  return [];
}

function fix(
  document: vscode.TextDocument,
  diagnostic: vscode.Diagnostic,
  title: string,
  edits: readonly TextReplacement[],
): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  action.edit = new vscode.WorkspaceEdit();
  for (const edit of edits) action.edit.replace(document.uri, rangeOf(document, edit), edit.content);
  return action;
}

/** As the editor that shows the document has it. */
export function indentationOf(document: vscode.TextDocument): Indentation {
  const editor = vscode.window.visibleTextEditors.find((visible) => visible.document === document);
  const { tabSize, insertSpaces } = editor?.options ?? {};
  return {
    tabSize: typeof tabSize === 'number' ? tabSize : 2,
    insertSpaces: insertSpaces !== false,
    eol: document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
  };
}
