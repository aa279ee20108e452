// Starts the cluster below the given folder, sends its URL and keeps running.
import { startPostgres } from '../postgres/server.ts'

const [dataDir = ''] = process.argv.slice(2)
const { url } = await startPostgres({
  ...{ dataDir, port: 0, database: 'app', password: 'one password' },
  settings: { fsync: 'off' },
})
process.send?.(url)
