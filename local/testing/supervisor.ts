// Supervises the given script.
import { supervise } from '../processes/supervise.ts'

const args = process.argv.slice(2)
supervise({ name: 'child', args, cwd: process.cwd(), env: process.env }, { say: () => {} })
