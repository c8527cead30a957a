import { formatCount, formatDuration } from '../../worker/protocol/figures.ts';
import type { MapQueryDocument } from '../../worker/protocol/protocol.ts';
import { type MapDrawing, drawMap } from './map-drawing.ts';

/** What the page may load, and where from. */
export interface PageResources {
  /** The source of the extension's own files, for the policy. */
  readonly cspSource: string;
  readonly styles: readonly string[];
  /** What a link runs the query again with. */
  readonly runAgain: string;
}

/** The most features that are also listed as text. */
const listed = 20;

/**
 * The page of a map query: a picture, the query and the plan. It has no script, and its policy allows none; colours come from
 * the style sheet, whose own come from the theme.
 */
export function mapPage(document: MapQueryDocument, { cspSource, styles, runAgain }: PageResources): string {
  const { table, target, features, key, truncated, sql, plan, ms, index, relation, column } = document;
  const count = `${formatCount(features.length)} ${features.length === 1 ? 'feature' : 'features'}`;
  const summary = `${truncated ? 'The first ' : ''}${count} of ${relation.schema}.${relation.name} within ${distance(document)} of ${place(document)}`;
  const by = index === null ? `without an index on ${column}: the whole table was read` : `by the index ${index}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${styles.map((style) => `<link rel="stylesheet" href="${escaped(style)}">`).join('\n')}
<title>${escaped(table)}</title>
</head>
<body>
<main>
<header>
<h1>${escaped(table)}</h1>
<p class="place">in ${escaped(target)}</p>
<p class="outcome"><span>${escaped(summary)}</span><span>in ${formatDuration(ms)}, ${escaped(by)}</span></p>
</header>
<section>
${picture(drawMap(document), summary)}
</section>
<section>
<h2>The query</h2>
<pre tabindex="0"><code>${escaped(sql)}</code></pre>
<p class="actions"><a href="${escaped(runAgain)}">Run it again</a></p>
</section>
<section>
<h2>How Postgres found them</h2>
<pre tabindex="0"><code>${escaped(plan.join('\n'))}</code></pre>
</section>
${key.length === 0 ? '' : list(document)}
</main>
</body>
</html>`;
}

function picture({ width, height, shapes, searched, scale }: MapDrawing, summary: string): string {
  const { x, y, radius } = searched;
  const ruler =
    scale === undefined
      ? ''
      : `<g class="ruler" aria-hidden="true"><path d="M16 ${height - 16}h${scale.length.toFixed(1)}"/><text x="16" y="${height - 24}">${escaped(scale.label)}</text></g>`;
  return `<svg class="map" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="map-title">
<title id="map-title">Map: ${escaped(summary)}</title>
<circle class="searched" cx="${x}" cy="${y}" r="${radius.toFixed(1)}"/>
${shapes.map(({ kind, path, label }) => `<path class="${kind}" d="${path}">${label === '' ? '' : `<title>${escaped(label)}</title>`}</path>`).join('\n')}
<path class="center" d="M${x - 6} ${y}h12M${x} ${y - 6}v12"/>
${ruler}
</svg>`;
}

/** The same as text. */
function list({ features, key }: MapQueryDocument): string {
  const rows = features
    .slice(0, listed)
    .map(({ key: values, geometry }) => {
      const cells = [...values.map((value) => value ?? 'NULL'), typeOf(geometry)];
      return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
    })
    .join('\n');
  const more = features.length - listed;
  return `<section>
<h2>What came back</h2>
<table>
<thead><tr>${[...key, 'shape'].map((name) => `<th scope="col">${escaped(name)}</th>`).join('')}</tr></thead>
<tbody>
${rows}
</tbody>
</table>
${more > 0 ? `<p class="note">and ${formatCount(more)} more</p>` : ''}
</section>`;
}

function typeOf(geometry: unknown): string {
  return typeof geometry === 'object' && geometry !== null && 'type' in geometry ? String(geometry.type) : '';
}

function distance({ radius, measuredInMetres, geographic }: MapQueryDocument): string {
  const metres = measuredInMetres ? radius : geographic ? radius * 111_320 : undefined;
  if (metres === undefined) return String(radius);
  const said = metres >= 1_000 ? `${Number((metres / 1_000).toPrecision(2))} km` : `${Math.round(metres)} m`;
  return measuredInMetres ? said : `${radius}° (about ${said})`;
}

function place({ center: [x, y], geographic }: MapQueryDocument): string {
  return geographic ? `${y.toFixed(4)}, ${x.toFixed(4)}` : `${x}, ${y}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
