// Flags of V8 for every process. Imported before all other modules, so that they hold for the code
// of the process and its libraries.
import { setFlagsFromString } from 'node:v8'

// In some starts it kept finished requests in memory: docs/decisions/v8-pretenuring.md.
setFlagsFromString('--no-allocation-site-pretenuring')
