import { join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The themes that every view is looked at in, and the class by which the workbench has them. */
const themes = {
  light: { label: 'Light Modern', mark: '.vs' },
  dark: { label: 'Dark Modern', mark: '.vs-dark' },
  'high-contrast': { label: 'Dark High Contrast', mark: '.hc-black' },
} as const;

const patienceMs = 90_000;
/** For what is there at once, if it comes at all. */
const promptMs = 10_000;

/** A window of VS Code, as a person sees it: by what is written there and what it is for. */
export class Window {
  readonly page: Page;
  readonly #pictures: string;

  /** @param pictures the folder for screenshots. */
  constructor(page: Page, pictures: string) {
    this.page = page;
    // A busy machine takes long to open a window; what never comes is said after the same time.
    page.setDefaultTimeout(patienceMs);
    this.#pictures = pictures;
  }

  /** Resolves when the workbench is there. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator('.monaco-workbench .activitybar').waitFor();
  }

  async showSnowmelt(): Promise<void> {
    await this.page.locator('.activitybar').getByRole('tab', { name: 'Snowmelt' }).click();
    await this.pane('Cache Tables').waitFor();
  }

  /** Drags the edge of the sidebar, so that it is so many pixels wider. */
  async widenSidebar(pixels: number): Promise<void> {
    const sidebar = await this.page.locator('.part.sidebar').boundingBox();
    if (sidebar === null) throw new Error('There is no sidebar.');
    const [x, y] = [sidebar.x + sidebar.width, sidebar.y + sidebar.height / 2];
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.mouse.move(x + pixels, y, { steps: 5 });
    await this.page.mouse.up();
  }

  /** A view of the sidebar with its header, in whose label the view's description may stand. */
  pane(name: string): Locator {
    const header = this.page.locator(`.pane-header[aria-label^="${name}"][aria-label$="Section"]`);
    return this.page.locator('.pane').filter({ has: header });
  }

  row(pane: string, spoken: string | RegExp): Locator {
    return this.pane(pane).getByRole('treeitem', { name: spoken });
  }

  /** Clicks an icon of a view's title, which is there while the pointer is over the view. */
  async clickTitle(pane: string, action: string): Promise<void> {
    await this.pane(pane).hover();
    await this.pane(pane).locator('.pane-header').getByRole('button', { name: action }).click();
  }

  /** Runs a command from the palette, which closes again where something takes the focus that opens late. */
  async run(command: string): Promise<void> {
    await insisting(async (timeout) => {
      await this.page.keyboard.press('F1');
      await this.page.locator('.quick-input-widget input').fill(`>${command}`, { timeout });
    });
    await this.page.locator('.quick-input-list').getByRole('option', { name: command }).first().click();
  }

  /** Chooses from the context menu of a row, which takes no click in its first tenth of a second. */
  async chooseFor(row: Locator, entry: string): Promise<void> {
    await row.click({ button: 'right' });
    const menu = this.page.locator('.monaco-menu');
    await insisting(async (timeout) => {
      await menu.getByRole('menuitem', { name: entry }).click({ timeout });
      await menu.waitFor({ state: 'hidden', timeout });
    });
  }

  /** Presses a button of a dialog. */
  async press(button: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box').getByRole('button', { name: button, exact: true }).click();
  }

  /** What is in the webview that is open; VS Code puts it into a frame within a frame. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  /** Takes a picture of the window as it is, in each theme. */
  async shoot(name: string): Promise<void> {
    for (const [theme, { label, mark }] of Object.entries(themes)) {
      await this.run('Preferences: Color Theme');
      await this.page.locator('.quick-input-widget input').fill(label);
      await this.page.keyboard.press('Enter');
      await this.page.locator(`.monaco-workbench${mark}`).waitFor();
      await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
      // No tooltip of what the pointer happens to be over.
      await this.page.mouse.move(640, 18);
      await this.page.screenshot({ path: join(this.#pictures, `${name}-${theme}.png`), animations: 'disabled' });
    }
  }
}

/** Does again what a person does again where nothing has come of it. */
async function insisting(attempt: (timeout: number) => Promise<void>, times = 5): Promise<void> {
  try {
    await attempt(promptMs);
  } catch (error) {
    if (times === 1) throw error;
    await insisting(attempt, times - 1);
  }
}
