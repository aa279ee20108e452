// Prints a line for each import and file that import-rules.ts or layout.ts forbid, and exits with 1.
import { join } from 'node:path'
import { forbiddenImports } from './imports.ts'
import { layoutErrors } from './layout.ts'

const root = join(import.meta.dirname, '../../..')
const found = (await forbiddenImports(root)).map(({ line }) => line)
const errors = [...found, ...(await layoutErrors(root))]
for (const error of errors) console.error(error)
process.exit(errors.length === 0 ? 0 : 1)
