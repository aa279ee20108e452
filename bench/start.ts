// `npm start` of an installed and initialised project, until the gateway first answers 200.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { removePostgres } from '@vobee/local/postgres/server'
import { portVariable, processNames } from '@vobee/local/processes/deployment'
import { findFreePort } from '@vobee/local/processes/ports'
import { type Finding, median } from './report.ts'

const root = join(import.meta.dirname, '..')

const startOnce = async (dataDir: string): Promise<number> => {
  const env: NodeJS.ProcessEnv = { ...process.env, DATA_DIR: dataDir, POSTGRES_PORT: '0' }
  for (const name of processNames) env[portVariable(name)] = String(await findFreePort())
  const started = performance.now()
  const child = spawn('npm', ['start'], { cwd: root, env, stdio: 'ignore' })
  const health = `http://127.0.0.1:${env.GATEWAY_PORT}/ready`
  while (
    !(await fetch(health).then(
      (reply) => reply.ok,
      () => false,
    ))
  )
    await wait(10)
  const seconds = (performance.now() - started) / 1000
  child.kill('SIGTERM')
  await once(child, 'exit')
  return seconds
}

export const benchStart = async (): Promise<Finding[]> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vobee-start-'))
  try {
    await startOnce(dataDir)
    const times: number[] = []
    for (let i = 0; i < 5; i++) times.push(await startOnce(dataDir))
    const what = 'npm start until every service is ready, against one second'
    return [{ what, unit: 's', ours: median(times), baseline: 1, bar: 3, lessIsBetter: true }]
  } finally {
    await removePostgres(dataDir)
    await rm(dataDir, { recursive: true, force: true })
  }
}
