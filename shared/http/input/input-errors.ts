// The problem for invalid input: its errors, of which a hostile body may have thousands.
import type { z } from 'zod'
import { type InputError, invalidInput } from '../problem.ts'

// A body of 64 KiB may have thousands of errors, with names as long as itself.
const MAX_ERRORS = 20
const MAX_PATH = 100
const MAX_MESSAGE = 300

const shorten = (text: string, max: number) =>
  text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text

/** Returns the problem: the first 20 errors, and in `detail` how many there are besides. */
export const inputProblem = (all: InputError[]) => {
  const errors = all.slice(0, MAX_ERRORS).map(({ path, message }) => ({
    path: shorten(path, MAX_PATH),
    message: shorten(message, MAX_MESSAGE),
  }))
  const listed = errors.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; ')
  const more = all.length - errors.length
  const detail = more > 0 ? `${listed}; and ${more} more` : listed
  return invalidInput(detail, { members: { errors } })
}

const pathOf = (issue: z.core.$ZodIssue, part: string): string =>
  part === 'body' ? issue.path.join('.') : [part, ...issue.path].join('.')

/** Returns an issue of zod as errors with the paths of members. */
export const errorsOf = (issue: z.core.$ZodIssue, part: string): InputError[] => {
  if (issue.code !== 'unrecognized_keys') {
    return [{ path: pathOf(issue, part), message: issue.message }]
  }
  return issue.keys.map((name) => ({
    path: [pathOf(issue, part), name].filter(Boolean).join('.'),
    message: 'is not a known member',
  }))
}
