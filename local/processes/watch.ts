// Runs a script under `node --watch`, and ends it when the supervisor is killed.
import { spawn } from 'node:child_process'

const [script = ''] = process.argv.slice(2)
const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', script], {
  stdio: 'inherit',
})
const stop = () => child.kill('SIGTERM')
process.on('SIGTERM', stop)
process.once('disconnect', stop)
child.once('exit', (code) => process.exit(code ?? 1))
