import { serve } from '@vobee/shared/ops/serve'
import { withOwnDatabase } from '@vobee/shared/ops/settings'
import * as qualityGates from './app.ts'

await serve(qualityGates, withOwnDatabase(process.env, 'QUALITY_GATES_DATABASE_URL'))
