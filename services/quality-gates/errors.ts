import { problem } from '@vobee/shared/http/problem'

export const notEvaluated = problem(
  503,
  'not_evaluated',
  'The gate has not been evaluated yet. Retry in a second.',
)
