// Ends with 1 and a line per import that .dependency-cruiser.cjs forbids.
import { join } from 'node:path'
import { forbiddenImports } from './imports.ts'

const found = await forbiddenImports(join(import.meta.dirname, '../..'))
for (const { line } of found) console.error(line)
process.exit(found.length === 0 ? 0 : 1)
