// Applies the import rules to the packages below a folder.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cruise, type ICruiseResult, type IViolation } from 'dependency-cruiser'
import { packages, rules } from './import-rules.ts'

/** An import that a rule forbids: the rule's name, and a line that says what imports what. */
export type ForbiddenImport = { rule: string; line: string }

const lineOf = ({ rule, from, to, cycle }: IViolation): string => {
  const path = cycle ? [from, ...cycle.map(({ name }) => name)] : [from, to]
  return `${rule.name}: ${path.join(' → ')}`
}

/** Returns every forbidden import below `root`, the repository or a folder of the same layout. */
export const forbiddenImports = async (root: string): Promise<ForbiddenImport[]> => {
  const { output } = await cruise(
    packages.filter((name) => existsSync(join(root, name))),
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: rules },
      outputType: 'json',
      parser: 'swc',
      // Imports of types count too.
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      doNotFollow: { path: 'node_modules' },
    },
    { exportsFields: ['exports'], conditionNames: ['import', 'node'], extensions: ['.ts', '.js'] },
  )
  const { summary } = JSON.parse(output as string) as ICruiseResult
  return summary.violations.map((found) => ({ rule: found.rule.name, line: lineOf(found) }))
}
