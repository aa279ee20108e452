// Journeys on one system, without confirming addresses.
import { host, journey, useSharedStack } from '../testing/stack.ts'

useSharedStack({ ...host, CONFIRMATION: 'off', LOG_LEVEL: 'debug' })

journey('the setup guide', () => import('./setup-guide.ts'))
journey('a referral', () => import('./referral.ts'))
journey('users of the host', () => import('./host-users.ts'))
journey('an erased member', () => import('./erasing.ts'))
