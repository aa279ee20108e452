/** Returns the link that redeems a code. The code is in the fragment, which no server sees. */
export const inviteLink = (publicUrl: string, code: string): string =>
  `${publicUrl}/me#invite=${encodeURIComponent(code)}`
