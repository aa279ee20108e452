// What a client does about each error, by code. The API document, docs/ERRORS.md and the page
// /docs/errors of the gateway have these texts; a code without one fails `npm run check`.
export const errorHelp: Record<string, string> = {
  invalid_input: 'Correct the members that `errors` lists, each with its path and a message.',
  bad_request: 'Send a request that is valid HTTP, with a valid path and content length.',
  malformed_json: 'Send a body that is valid JSON in UTF-8.',
  invalid_credential:
    'Check the key in `Authorization: Bearer <key>`. `npm run keys` lists, creates and revokes keys.',
  credential_required:
    'Send `Authorization: Bearer <key or member token>`. The description of the operation says which.',
  token_expired: 'Request a new link at `POST /api/waitlist/link` and sign in again.',
  token_invalid: 'Request a new link at `POST /api/waitlist/link` and sign in again.',
  link_invalid: 'Request a new link at `POST /api/waitlist/link`. Each link has one purpose.',
  link_expired: 'Request a new link at `POST /api/waitlist/link`.',
  link_used: 'Request a new link at `POST /api/waitlist/link`. Each link works once.',
  insufficient_scope: 'Use a key with the scope that the operation names, or a member token.',
  not_yours: 'Use the token of the member whose data this is, or a key.',
  code_not_yours: 'Redeem the code with the address to which it was issued.',
  not_found: 'Check the path. `/openapi.json` lists every path.',
  unknown_entry: 'Check the id or referral code. The entry of a person who left no longer exists.',
  unknown_action:
    'Check the `action_id`. An action is deleted 90 days after it began; the audit log has it.',
  entry_erased: 'Delete what you store of this entry: nothing can restore it.',
  unknown_wave: 'Check the id. `GET /api/waitlist/waves` lists every wave.',
  invalid_code: 'Check the code for typing errors.',
  unknown_batch: 'Check the `batch_id`. `GET /api/invites/batches` lists every batch.',
  unknown_reservation: 'Check the id that `POST /api/invites/reserve` returned.',
  unknown_revocation: 'Check the id. `GET /api/invites/revocations` lists every revocation.',
  unknown_referral: 'Check the ids. `GET /api/referrals/review` lists the referrals that are held.',
  unknown_review: 'Check the `review_id` that `POST /api/referrals/review` returned.',
  method_not_allowed: 'Use one of the methods in the `Allow` header.',
  request_timeout: 'Send the request again; its headers and body must arrive within 15 seconds.',
  audit_running: 'Wait as many seconds as `Retry-After` states, then request the check again.',
  idempotency_in_progress:
    'Wait as many seconds as `Retry-After` states, then repeat the request with the same key.',
  idempotency_effect_gone: 'Send a new `Idempotency-Key` if you want to perform the action again.',
  idempotency_key_reused:
    'Send a new `Idempotency-Key`, or repeat the request with its first body.',
  batch_exists: 'Choose another `batch_id`, or omit it to have one generated.',
  code_exists: 'Choose another code, or omit it to have one generated.',
  code_already_used: 'Use another code: every use of this one is taken.',
  code_reserved: 'Wait as many seconds as `Retry-After` states: a reservation may expire by then.',
  code_revoked: 'Use another code.',
  code_expired: 'Use another code, or ask for this one to be extended.',
  reservation_cancelled: 'Reserve a use again.',
  reservation_confirmed: 'Do nothing: the use is redeemed and cannot be cancelled.',
  reservation_expired: 'Reserve a use again.',
  not_extendable: 'Issue a new code: a revoked one cannot be extended.',
  not_undoable:
    'Do nothing: if the referral counts again, the member is granted new codes automatically.',
  not_waiting: 'Choose an entry with the status `waiting`.',
  wave_released:
    'A wave can be cancelled only before it is complete. To take codes back, revoke the batch `WAVE-` and its id.',
  nothing_to_confirm: 'Do nothing: the address is confirmed, or no confirmation is required.',
  nothing_to_resend: 'Do nothing: the entry is redeemed or removed.',
  unsubscribed: 'Ask the person to subscribe again on their page: you cannot do it for them.',
  too_many_mails: 'Wait as many seconds as `Retry-After` states.',
  mail_off: 'Set `SMTP_URL` and `MAIL_FROM` to have mail sent.',
  unknown_user:
    'Check the id: that of the member, of the waitlist entry, or of a user of your application who ' +
    'has called referrals. A webhook can be sent again later.',
  webhook_off: 'Set `CONVERSION_WEBHOOK_SECRET` or `STRIPE_WEBHOOK_SECRET`.',
  webhook_signature_invalid:
    'Sign the body as it is sent, with the secret that is set here. Nothing on the way may change it.',
  webhook_expired: 'Sign each attempt with its own time, and check the clock of the sender.',
  self_referral: 'Refer another person.',
  referral_code_exists: 'Use the code in `referral_code`. It is valid until `expires_at`.',
  invalid_referral_code: 'Ask the member for their current code; `detail` says what is wrong.',
  already_referred: 'Nothing to do: a person is referred once, by the first member.',
  referrals_disabled: 'The operator sets `ENABLE_REFERRAL_SYSTEM=true` and restarts referrals.',
  reward_not_found: 'Check the `rewardId`. `GET /api/referrals/rewards` lists your rewards.',
  reward_expired: 'Nothing can be done: the reward was not claimed in time.',
  body_too_large:
    'Send a smaller body. Services accept 64 KiB unless the operation says otherwise.',
  uri_too_long: 'Send a shorter path.',
  unsupported_media_type: 'Send the body with `Content-Type: application/json`.',
  expectation_failed: 'Send `Expect: 100-continue`, or no such header.',
  not_implemented: 'Send the body as it is, with `Content-Length` or `Transfer-Encoding: chunked`.',
  headers_too_large: 'Send fewer or shorter headers and cookies.',
  invites_paused:
    'Wait until the gate opens: `reasons` says why it is closed, and `GET /api/quality/trust-score` ' +
    'its state. An admin can override it with `override_gate` and `reason`.',
  too_many_requests: 'Wait as many seconds as `Retry-After` states. Keys have a higher limit.',
  too_many_guesses: 'Wait as many seconds as `Retry-After` states, then check the code.',
  too_many_shares: 'Wait as many seconds as `Retry-After` states.',
  too_many_links:
    'Wait as many seconds as `Retry-After` states. Check for a mail that has arrived.',
  internal_error: 'Report the `request_id` to the operator; the logs have the cause.',
  unavailable: 'Wait as many seconds as `Retry-After` states, then repeat the request.',
  database_unavailable: 'Wait as many seconds as `Retry-After` states, then repeat the request.',
  overloaded: 'Wait as many seconds as `Retry-After` states, then repeat the request.',
  not_evaluated: 'Wait as many seconds as `Retry-After` states: the first evaluation is due.',
}
