import { serve } from '@vobee/shared/ops/serve'
import { withOwnDatabase } from '@vobee/shared/ops/settings'
import * as waitlist from './app.ts'

await serve(waitlist, withOwnDatabase(process.env, 'WAITLIST_DATABASE_URL'))
