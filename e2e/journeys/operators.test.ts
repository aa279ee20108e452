// Journeys of operators, on one system. The last ones kill its processes.
import { journey, useSharedStack } from '../testing/stack.ts'

useSharedStack()

journey('the commands', () => import('./commands.ts'))
journey('the mail', () => import('./mail.ts'))
journey('survival', () => import('./survival.ts'))
