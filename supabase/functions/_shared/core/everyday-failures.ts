/** Those refusals that a page says by itself, without an answer it could read: the others come with one. */
export const everyday = {
	session_ended: { status: 401, says: 'Your session has ended. Sign in again to go on.' },
	not_found: { status: 404, says: 'It was moved or deleted, or this account may not see it.' },
	message_empty: { status: 422, says: 'Write something first. Nothing was sent.' },
	note_empty: { status: 422, says: 'Write something first. Nothing was added.' },
	internal: { status: 500, says: 'Something on our side broke. Your draft is kept.' },
	unavailable: { status: 503, says: 'Our database took too long to answer. Nothing is lost.' }
} as const satisfies Readonly<Record<string, { status: number; says: string }>>;
