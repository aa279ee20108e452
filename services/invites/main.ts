import { serve } from '@vobee/shared/ops/serve'
import { withOwnDatabase } from '@vobee/shared/ops/settings'
import * as invites from './app.ts'

await serve(invites, withOwnDatabase(process.env, 'INVITES_DATABASE_URL'))
