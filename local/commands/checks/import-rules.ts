// Which file may import which. `npm run check` applies these rules to every file; imports.test.ts
// breaks each of them once.
import type { IRegularForbiddenRuleType } from 'dependency-cruiser'

// The capabilities of a service, in order: each imports those after it, never those before it.
export const capabilities = {
  waitlist: ['waves', 'entries', 'members', 'join', 'mail', 'line', 'scoring'],
  invites: ['members', 'issuing', 'revocation', 'reservations', 'redemption', 'batches', 'codes'],
  referrals: [
    'codes',
    'attribution',
    'review',
    'conversions',
    'counting',
    'fraud',
    'rewards',
    'reports',
    'members',
  ],
  'quality-gates': ['gate', 'alerts', 'trust', 'metrics', 'members'],
} satisfies Record<string, string[]>

export const packages = [
  'services',
  'gateway',
  'shared',
  'database',
  'local',
  'testing',
  'e2e',
  'bench',
]

const tests = '\\.test\\.ts$|/test(ing)?/'
const allBut = (...names: string[]) =>
  `^(${packages.filter((name) => !names.includes(name)).join('|')})/`

type From = IRegularForbiddenRuleType['from']
type To = IRegularForbiddenRuleType['to']

const rule = (name: string, from: From, to: To): IRegularForbiddenRuleType => ({
  name,
  severity: 'error',
  from,
  to,
})

const capabilityRules = Object.entries<string[]>(capabilities).flatMap(([service, order]) =>
  order
    .slice(1)
    .map((capability, index) =>
      rule(
        'capabilities import only those after them',
        { path: `^services/${service}/${capability}/`, pathNot: tests },
        { path: `^services/${service}/(${order.slice(0, index + 1).join('|')})/` },
      ),
    ),
)

export const rules: IRegularForbiddenRuleType[] = [
  rule('no circular imports, of types included', {}, { circular: true }),
  rule('every import resolves', {}, { couldNotResolve: true }),
  rule('packages declare what they import', {}, { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] }),
  rule(
    'a service imports shared and itself',
    { path: '^services/([^/]+)/', pathNot: tests },
    { path: allBut('shared'), pathNot: '^services/$1/' },
  ),
  rule(
    'shared imports no other package',
    { path: '^shared/', pathNot: tests },
    { path: allBut('shared') },
  ),
  rule(
    'the gateway imports shared and itself',
    { path: '^gateway/', pathNot: tests },
    { path: allBut('shared', 'gateway') },
  ),
  rule(
    'database imports shared and itself',
    { path: '^database/', pathNot: tests },
    { path: allBut('shared', 'database') },
  ),
  rule(
    "tests import no other service's code",
    { path: `^services/([^/]+)/.*(${tests})` },
    { path: '^(services|gateway|e2e|bench)/', pathNot: '^services/$1/' },
  ),
  rule(
    'only tests import tests and their kits',
    { path: allBut('testing', 'e2e', 'bench'), pathNot: tests },
    { path: `${tests}|^(testing|e2e|bench)/` },
  ),
  rule(
    'only shared/data imports the database driver',
    { path: '^(services|gateway|shared)/', pathNot: [tests, '^shared/data/'] },
    { path: '(^|/)node_modules/(@types/)?pg(-boss)?/' },
  ),
  ...capabilityRules,
]
