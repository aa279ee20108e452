// Journeys on one system, without confirming addresses.
import { journey, useSharedStack } from '../testing/stack.ts'

useSharedStack({ CONFIRMATION: 'off', LOG_LEVEL: 'debug' })

journey('the setup guide', () => import('./setup-guide.ts'))
journey('a referral', () => import('./referral.ts'))
journey('an erased member', () => import('./erasing.ts'))
