import type { GridNode } from './service-area.ts';

const digits = (n: number, width: number) => String(n).padStart(width, '0');

export function substationId(areaIndex: number): string {
  return `SUB-${digits(areaIndex + 1, 4)}`;
}

/** `circuit` counts from 1 within its substation. */
export function circuitId(areaIndex: number, circuit: number): string {
  return `CKT-${digits(areaIndex + 1, 4)}-${circuit}`;
}

/** A transformer has the same id as an asset and in the table of transformers. */
export function assetId(areaIndex: number, node: GridNode): string {
  switch (node.kind) {
    case 'substation':
      return substationId(areaIndex);
    case 'breaker':
      return `BRK-${digits(areaIndex + 1, 4)}-${node.number}`;
    case 'pole':
      return `POLE-${digits(node.number, 7)}`;
    case 'pole-transformer':
    case 'pad-transformer':
      return `XFMR-${digits(node.number, 7)}`;
  }
}
