// The worker of a page without the studio: it records into files of this browser. Its name is the key of the recordings.

import { recordWith } from "../record/recording.js";
import { fileLine } from "./file-line.js";

recordWith(fileLine(self.name), false);
