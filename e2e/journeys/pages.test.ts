// Journeys in a real browser, on one system.
import { journey, useSharedStack } from '../testing/stack.ts'

useSharedStack()

journey('the landing page', () => import('./landing-page.ts'))
journey('the page of a member', () => import('./member.ts'))
