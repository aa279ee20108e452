import { serve } from '@vobee/shared/ops/serve'
import * as referrals from './app.ts'

await serve(referrals, process.env, 'REFERRALS')
