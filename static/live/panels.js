// The kinds of panels that a stage is made of. Each has setFigure, redraw and destroy; those that
// move have frame(frame, rows), those with a rest form have rest(), and setState takes what changes
// with a message.

import { GridPanel } from "./grid.js";
import { LinesPanel } from "./lines.js";
import { PathPanel } from "./path.js";
import { TablePanel } from "./table.js";
import { TilesPanel } from "./tiles.js";

export const PANELS = { grid: GridPanel, lines: LinesPanel, path: PathPanel, table: TablePanel, tiles: TilesPanel };
