import { serve } from '@vobee/shared/ops/serve'
import * as qualityGates from './app.ts'

await serve(qualityGates, process.env, 'QUALITY_GATES')
