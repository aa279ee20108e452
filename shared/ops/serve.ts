// How a process of the system starts: settings from the environment, then its app.
import './v8-flags.ts'
import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { serveMetrics } from './metrics-listener.ts'
import { type ProcessSettings, readSettings, SettingsError } from './settings.ts'
import { stopOnSignal } from './stop.ts'

/** EX_CONFIG of sysexits: another start would fail the same way. */
export const EXIT_CONFIG = 78

/** Runs a process until it is stopped. Exits with 78 and a line per setting if any is invalid. */
export const run = async (start: () => Promise<FastifyInstance>): Promise<void> => {
  try {
    stopOnSignal(await start())
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(error instanceof SettingsError ? EXIT_CONFIG : 1)
  }
}

type Package<S extends z.ZodRawShape> = {
  Settings: S
  buildApp: (settings: z.infer<z.ZodObject<S>>) => FastifyInstance
}

type Addresses = Pick<ProcessSettings, 'HOST' | 'PORT' | 'METRICS_HOST' | 'METRICS_PORT'>

/** Runs a service or the gateway from what its `app.ts` exports. `own`: see `readSettings`. */
export const serve = <S extends z.ZodRawShape>(
  { Settings, buildApp }: Package<S>,
  env: NodeJS.ProcessEnv,
  own?: string,
): Promise<void> =>
  run(async () => {
    const settings = readSettings(Settings, env, own)
    const app = buildApp(settings)
    const { HOST, PORT, METRICS_HOST, METRICS_PORT } = settings as unknown as Addresses
    if (METRICS_PORT !== undefined) await serveMetrics(app, METRICS_HOST, METRICS_PORT)
    await app.listen({ host: HOST, port: PORT })
    return app
  })
