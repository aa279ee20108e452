// Runs a script under `node --watch`, which by itself would outlive a supervisor that was killed.
import { spawn } from 'node:child_process'

const [script = ''] = process.argv.slice(2)
const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', script], {
  stdio: 'inherit',
})
const stop = () => child.kill('SIGTERM')
process.on('SIGTERM', stop)
process.once('disconnect', stop)
child.once('exit', (code) => process.exit(code ?? 1))
