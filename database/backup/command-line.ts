// What the commands for backups share: options, help, errors and exit codes.
import { type ParseArgsConfig, parseArgs } from 'node:util'

export type CommandTerminal = {
  /** Writes to standard output: only the result. */
  print: (line: string) => void
  /** Writes to standard error. */
  say: (line: string) => void
}

/** The arguments are invalid. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>

/** Reads options, `--help` among them, and at most `positionals` other arguments. @throws UsageError */
export const parseOptions = (
  args: readonly string[],
  options: Options,
  positionals = 0,
): { values: Record<string, unknown>; positionals: string[] } => {
  try {
    const help = { type: 'boolean', short: 'h' } as const
    const config = { args: [...args], options: { ...options, help }, allowPositionals: true }
    const parsed = parseArgs(config)
    const unknown = parsed.positionals[positionals]
    if (unknown !== undefined) throw new Error(`Unexpected argument '${unknown}'.`)
    return parsed
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/**
 * Runs a command; `run` returns its exit code, or null for the usage. Returns 0 after success, 1
 * after a failure, 2 for invalid arguments.
 */
export const runCommand = async (
  usage: string,
  { print, say }: CommandTerminal,
  run: () => Promise<number | null>,
): Promise<number> => {
  try {
    const code = await run()
    if (code === null) print(usage)
    return code ?? 0
  } catch (error) {
    say(error instanceof Error && error.message ? error.message : String(error))
    if (!(error instanceof UsageError)) return 1
    say(`\n${usage}`)
    return 2
  }
}
