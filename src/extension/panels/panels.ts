import type { PlansDocument, VerifyDocument } from '../../worker/protocol/protocol.ts';
import type { Project } from '../model/project.ts';
import type { RunReference, RunSubject } from './run-reference.ts';

/** What is shown beside the editors. Each resolves when the panel is there; what cannot be shown is said in it. */
export interface Panels {
  /** One panel for each run: it is brought to the front where it is open. */
  openRun(run: RunReference | RunSubject): Promise<void>;
  /** What a sync would do, for every table of the document. A later plan of the same target takes the panel over. */
  openPlan(project: Project, document: PlansDocument): Promise<void>;
  /** How tables compare with their sources. A later comparison of the same target takes the panel over. */
  openVerification(project: Project, document: VerifyDocument): Promise<void>;
}
