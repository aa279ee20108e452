// Flags of V8 for every process. Imported before all other modules, so that they hold for the code
// of the process and its libraries.
import { setFlagsFromString } from 'node:v8'

// With it, some starts keep finished requests in memory through each garbage collection.
setFlagsFromString('--no-allocation-site-pretenuring')
