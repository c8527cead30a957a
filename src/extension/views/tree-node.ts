import type { ErrorDocument } from '../../worker/protocol/protocol.ts';
import type { CommandId } from '../ids.ts';
import type { Subject } from '../commands/subject.ts';

/**
 * What a tree shows at one moment, as plain data: a view makes all of its nodes from what is known, and {@link Elements} finds
 * out what of it has changed.
 */
export interface TreeNode {
  /** The same for the same thing, for as long as it exists: what is expanded and selected stays so. */
  readonly id: string;
  readonly item: ItemContent;
  /** What commands of its menu are about. */
  readonly subject?: Subject | undefined;
  /** Absent in a leaf. `unread`: asked for when somebody expands it. */
  readonly children?: readonly TreeNode[] | 'unread' | undefined;
  /** How it is shown at first. */
  readonly expanded?: boolean | undefined;
}

/** How one item looks, and what it does. */
export interface ItemContent {
  readonly label: string;
  readonly description?: string | undefined;
  /** Markdown; built by {@link Markdown}. */
  readonly tooltip?: string | undefined;
  readonly icon?: ItemIcon | undefined;
  readonly contextValue?: string | undefined;
  /** What a click or the Enter key does. */
  readonly action?: ItemAction | undefined;
  /** What a screen reader says, as a whole sentence; label and description where it is left out. */
  readonly spoken?: string | undefined;
  /** Shown greyed: it was so once, and nobody knows whether it still is. */
  readonly outdated?: boolean | undefined;
}

export interface ItemIcon {
  /** A codicon: `pass`, `sync~spin`. */
  readonly id: string;
  /** A theme colour. */
  readonly color?: string | undefined;
}

export type ItemAction =
  | {
      readonly kind: 'command';
      readonly title: string;
      readonly command: CommandId;
      readonly subject?: Subject | undefined;
    }
  /** Opens a file at a place; `line` and `column` count from 1. */
  | {
      readonly kind: 'open';
      readonly title: string;
      readonly file: string;
      readonly line: number;
      readonly column: number;
    };

/** What went wrong, and for whom. */
export interface Failure {
  readonly error: ErrorDocument;
  readonly subject: Subject;
}
