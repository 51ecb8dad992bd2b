// The kinds of panels that a stage is made of. Each has setFigure, redraw and destroy; those that
// move have frame(frame, rows), those with a rest form have rest(), and setState takes what changes
// with a message.

import { GraphPanel } from "./graph.js";
import { GridPanel } from "./grid.js";
import { BarsPanel, LayersPanel, RidgesPanel } from "./layers.js";
import { LinesPanel } from "./lines.js";
import { PathPanel } from "./path.js";
import { StillPanel } from "./still.js";
import { TablePanel } from "./table.js";
import { TilesPanel } from "./tiles.js";

export const PANELS = {
  bars: BarsPanel,
  graph: GraphPanel,
  grid: GridPanel,
  layers: LayersPanel,
  lines: LinesPanel,
  path: PathPanel,
  ridges: RidgesPanel,
  still: StillPanel,
  table: TablePanel,
  tiles: TilesPanel,
};
