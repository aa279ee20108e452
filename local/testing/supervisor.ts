// Supervises the script it is given, or has it watched.
import { supervise } from '../processes/supervise.ts'

const args = process.argv.slice(2)
supervise({ name: 'child', args, cwd: process.cwd(), env: process.env }, { say: () => {} })
