import { serve } from '@vobee/shared/ops/serve'
import { withOwnDatabase } from '@vobee/shared/ops/settings'
import * as referrals from './app.ts'

await serve(referrals, withOwnDatabase(process.env, 'REFERRALS_DATABASE_URL'))
