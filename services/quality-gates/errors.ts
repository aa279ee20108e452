import { problem } from '@vobee/shared/http/problem'

export const notEvaluated = problem(503, 'not_evaluated', 'The gate was not evaluated yet.')
