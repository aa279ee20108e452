export const personas = [
  'solo_founder',
  'small_team',
  'agency',
  'content_creator',
  'other',
] as const
export type Persona = (typeof personas)[number]
