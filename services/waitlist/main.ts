import { serve } from '@vobee/shared/ops/serve'
import * as waitlist from './app.ts'

await serve(waitlist, process.env, 'WAITLIST')
