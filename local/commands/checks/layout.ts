// The layout of a service: its root has the same few files, everything else is in a capability.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { capabilities } from './import-rules.ts'

const rootFile = /^(main|app|config|errors|consumers|jobs)(\.db)?(\.test)?\.ts$|^package\.json$/
const otherFolders = ['migrations', 'testing', 'node_modules']
const MAX_APP_LINES = 60

const errorsOf = async (root: string, service: string, order: readonly string[]) => {
  const folder = join(root, 'services', service)
  const entries = await readdir(folder, { withFileTypes: true })
  const known = [...order, ...otherFolders]
  const unknown = entries.filter((entry) =>
    entry.isDirectory() ? !known.includes(entry.name) : !rootFile.test(entry.name),
  )
  const app = await readFile(join(folder, 'app.ts'), 'utf8')
  const lines = app.split('\n').length - 1
  return [
    ...unknown.map(({ name }) => `services/${service}/${name}: belongs into a capability`),
    ...(lines < MAX_APP_LINES ? [] : [`services/${service}/app.ts: has ${lines} lines`]),
  ]
}

/** Returns a line for each file or folder of a service that is in the wrong place. */
export const layoutErrors = async (root: string): Promise<string[]> => {
  const services = Object.entries<string[]>(capabilities)
  const errors = await Promise.all(services.map((service) => errorsOf(root, ...service)))
  return errors.flat()
}
