// The worker of the recording room: it records for the studio.

import { recordWith } from "./recording.js";
import { socketLine } from "./socket-line.js";

recordWith(socketLine, true);
