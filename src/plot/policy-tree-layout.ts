import type { PolicyNode } from "../heterogeneity/index.ts";

/** Place of a node's box, in pixels of the drawing area. */
export interface PlacedNode {
  /** Position in the tree's nodes. */
  readonly node: number;
  readonly depth: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

/** A tree laid out: boxes in reading order (a node, then all below its left branch, then its right), and the lines between them. */
export interface TreeLayout {
  readonly places: readonly PlacedNode[];
  /** x, y, x2, y2 of each line. */
  readonly edges: readonly (readonly [number, number, number, number])[];
  readonly boxHeight: number;
  readonly height: number;
}

const BOX_HEIGHT = 64;
const GAP = 12;
/** Narrowest box in which a condition and an action can be read. */
const LEAST_WIDTH = 150;

/**
 * From left to right, a column for each level, the leaves below each other and every split halfway between its branches; where columns
 * would be too narrow, as a list in which each level is moved in a little.
 */
export function placeNodes(
  nodes: readonly PolicyNode[],
  { width, narrow }: { readonly width: number; readonly narrow: boolean },
): TreeLayout {
  const drawing = width - 16;
  const levels = 1 + depthBelow(nodes, 0);
  const column = (drawing - 34 * (levels - 1)) / levels;
  return narrow || column < LEAST_WIDTH ? asList(nodes, drawing, levels) : asColumns(nodes, column);
}

function depthBelow(nodes: readonly PolicyNode[], at: number): number {
  const node = nodes[at]!;
  return node.leaf ? 0 : 1 + Math.max(depthBelow(nodes, node.left), depthBelow(nodes, node.right));
}

function asColumns(nodes: readonly PolicyNode[], column: number): TreeLayout {
  const places: PlacedNode[] = [];
  const edges: [number, number, number, number][] = [];
  let leaves = 0;
  const place = (at: number, depth: number): number => {
    const node = nodes[at]!;
    const [left, order] = [depth * (column + 34), places.length];
    places.push({ node: at, depth, left, right: left + column, top: 0 });
    let top = leaves * (BOX_HEIGHT + GAP);
    if (node.leaf) leaves++;
    else {
      const branches = [place(node.left, depth + 1), place(node.right, depth + 1)] as const;
      top = (branches[0] + branches[1]) / 2;
      const [from, bend, to] = [left + column, left + column + 17, left + column + 34];
      const middles = branches.map((branch) => branch + BOX_HEIGHT / 2) as [number, number];
      edges.push([from, top + BOX_HEIGHT / 2, bend, top + BOX_HEIGHT / 2], [bend, middles[0], bend, middles[1]]);
      for (const middle of middles) edges.push([bend, middle, to, middle]);
    }
    places[order] = { ...places[order]!, top };
    return top;
  };
  place(0, 0);
  return { places, edges, boxHeight: BOX_HEIGHT, height: leaves * (BOX_HEIGHT + GAP) - GAP };
}

function asList(nodes: readonly PolicyNode[], width: number, levels: number): TreeLayout {
  const indent = Math.min(22, (0.45 * width) / Math.max(1, levels - 1));
  const places: PlacedNode[] = [];
  const edges: [number, number, number, number][] = [];
  const place = (at: number, depth: number): number => {
    const top = places.length * (BOX_HEIGHT + 8);
    const node = nodes[at]!;
    const left = depth * indent;
    places.push({ node: at, depth, left, right: width, top });
    if (!node.leaf) {
      const x = left + indent / 2;
      const middles = [place(node.left, depth + 1), place(node.right, depth + 1)].map((branch) => branch + BOX_HEIGHT / 2) as [
        number,
        number,
      ];
      edges.push([x, top + BOX_HEIGHT, x, middles[1]]);
      for (const middle of middles) edges.push([x, middle, left + indent, middle]);
    }
    return top;
  };
  place(0, 0);
  return { places, edges, boxHeight: BOX_HEIGHT, height: places.length * (BOX_HEIGHT + 8) - 8 };
}
