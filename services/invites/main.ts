import { serve } from '@vobee/shared/ops/serve'
import * as invites from './app.ts'

await serve(invites, process.env, 'INVITES')
