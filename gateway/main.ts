import { serve } from '@vobee/shared/ops/serve'
import * as gateway from './app.ts'

await serve(gateway, process.env)
