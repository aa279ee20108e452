// Locks the given folder and keeps running.
import { lockData } from '../data-lock.ts'

const [dataDir = ''] = process.argv.slice(2)
lockData(dataDir)
process.send?.('locked')
setInterval(() => {}, 60_000)
