// Lays a directed graph out in rows from top to bottom, after Sugiyama: rows by longest way, long edges cut into single steps, order in a
// row by the middle of a node's neighbours.

/**
 * Gives each name a row and a column, and each edge the places it passes. An edge that closes a circle is marked `back` and passes no
 * places. Columns count from 0 and need not be whole.
 */
export function layers(start, names, edges) {
  const forward = withoutCircles(start, names, edges);
  const rowOf = rows(names, forward);
  const { all, steps, trails } = cut(names, forward, rowOf);
  const grid = order(all, steps);
  const columns = Math.max(...grid.map((row) => row.length));
  const placeOf = new Map();
  grid.forEach((row, r) => row.forEach((node, i) => placeOf.set(node, { row: r, column: (columns - row.length) / 2 + i })));
  return {
    columns,
    rows: grid.length,
    nodes: names.map((name) => ({ name, ...placeOf.get(name) })),
    paths: edges.map((edge) => {
      const trail = trails.get(edge);
      return { ...edge, back: !trail, points: (trail ?? [edge.from, edge.to]).map((node) => placeOf.get(node)) };
    }),
  };
}

/** The edges that remain when those that lead back to a node on the way from the start are left out. */
function withoutCircles(start, names, edges) {
  const seen = new Set();
  const way = new Set();
  const kept = [];
  const visit = (name) => {
    seen.add(name);
    way.add(name);
    for (const edge of edges) {
      if (edge.from !== name || way.has(edge.to)) continue;
      kept.push(edge);
      if (!seen.has(edge.to)) visit(edge.to);
    }
    way.delete(name);
  };
  visit(start);
  for (const name of names) if (!seen.has(name)) visit(name);
  return kept;
}

function rows(names, edges) {
  const rowOf = new Map(names.map((name) => [name, 0]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const { from, to } of edges) {
      if (rowOf.get(to) <= rowOf.get(from)) {
        rowOf.set(to, rowOf.get(from) + 1);
        changed = true;
      }
    }
  }
  return rowOf;
}

/** Cuts each edge into steps from row to row, by way of places that hold nothing else. */
function cut(names, edges, rowOf) {
  const all = names.map((name) => ({ node: name, row: rowOf.get(name) }));
  const steps = [];
  const trails = new Map();
  edges.forEach((edge, i) => {
    const trail = [edge.from];
    for (let row = rowOf.get(edge.from) + 1; row < rowOf.get(edge.to); row++) {
      const node = `${i}/${row}`;
      all.push({ node, row });
      trail.push(node);
    }
    trail.push(edge.to);
    for (let k = 1; k < trail.length; k++) steps.push([trail[k - 1], trail[k]]);
    trails.set(edge, trail);
  });
  return { all, steps, trails };
}

function order(all, steps) {
  const grid = [];
  for (const { node, row } of all) (grid[row] ??= []).push(node);
  const sweep = (rowsInTurn, side) => {
    for (const row of rowsInTurn) {
      const near = (row === 0 && side < 0) || (row === grid.length - 1 && side > 0) ? undefined : grid[row + side];
      if (!near) continue;
      const middle = new Map(grid[row].map((node, i) => [node, middleOf(node, near, steps) ?? i]));
      grid[row].sort((a, b) => middle.get(a) - middle.get(b));
    }
  };
  const downwards = grid.map((_, i) => i);
  for (let i = 0; i < 4; i++) {
    sweep(downwards, -1);
    sweep([...downwards].reverse(), 1);
  }
  sweep(downwards, -1);
  return grid;
}

function middleOf(node, near, steps) {
  const places = steps
    .flatMap(([a, b]) => (a === node ? [near.indexOf(b)] : b === node ? [near.indexOf(a)] : []))
    .filter((place) => place >= 0);
  return places.length === 0 ? undefined : places.reduce((sum, place) => sum + place, 0) / places.length;
}
