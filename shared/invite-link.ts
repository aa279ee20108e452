/** Where a code is redeemed on the pages here; it stands in the fragment, which no server sees. */
export const inviteLink = (publicUrl: string, code: string): string =>
  `${publicUrl}/me#invite=${encodeURIComponent(code)}`
