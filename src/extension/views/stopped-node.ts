import type { Subject } from '../commands/subject.ts';
import { commands } from '../ids.ts';
import type { TreeNode } from './tree-node.ts';

/** An embedded PostGIS that does not run, in the place of what is in it. */
export function stoppedNode(id: string, subject: Subject): TreeNode {
  const label = 'The local PostGIS does not run.';
  return {
    id,
    subject,
    item: {
      label,
      description: 'Start',
      icon: { id: 'debug-disconnect' },
      action: { kind: 'command', title: 'Start Local PostGIS', command: commands.startLocal, subject },
      spoken: `${label} Start Local PostGIS`,
    },
  };
}
