/** What an operator may, in a word and a sentence. */
export const roles = {
	support: 'Support: looks at everything that is not masked',
	operator: 'Operator: looks and repairs',
	administrator: 'Administrator: everything, operators too'
} as const;

const looks: Readonly<Record<string, string>> = {
	overview: 'the overview',
	conversations: 'the conversations',
	conversation: 'a conversation',
	person: 'a member',
	event: 'a provider event'
};

type Look = { verb: string; after: Record<string, unknown> | null };

/** A line of the tenant's audit log about us, as an operator reads it. */
export function lookOf({ verb, after }: Look): string {
	if (verb === 'support.code_issued') return 'An owner made a support code';
	if (verb === 'support.code_used') return 'Support used the code of an owner';
	if (verb === 'support.code_ended') return 'An owner ended the support code';
	const page = looks[String(after?.page)] ?? 'a page';
	return `Support looked at ${page}${after?.unmasked === true ? ', unmasked' : ''}`;
}

/** The steps by which sending is held back. */
export const throttleSteps = {
	free: 'Let it go on, and keep rules away',
	watch: 'Watch: nothing changes for them',
	slow: 'Slow: a share of its pace',
	hold: 'Hold: slow, and no new recipients',
	stop: 'Stop: nothing is sent'
} as const;

/** Signs of abuse, with the figure: "opted out 6.2%". */
export function signOf({ signal, value, many }: { signal: string; value: number; many: number }): string {
	const share = `${value.toLocaleString('en')}% (${many.toLocaleString('en')})`;
	switch (signal) {
		case 'velocity':
			return `${value.toLocaleString('en')} times its usual hour`;
		case 'opt_outs':
			return `opted out ${share}`;
		case 'new_recipients':
			return `new recipients ${share}`;
		default:
			return `${signal} ${share}`;
	}
}

/** What each kind of thing is called that the search finds. */
export const kinds = {
	organization: 'Organization',
	person: 'Person',
	number: 'Number',
	order: 'Order',
	message: 'Text',
	key: 'API key',
	event: 'Provider event',
	job: 'Job'
} as const;

/** A deed of the book in words: "organization suspended". */
export function deedOf(verb: string): string {
	const [object = '', deed = ''] = verb.split('.');
	return `${object} ${deed}`.replaceAll('_', ' ');
}

/** What is left of a payload without its words: "message id: 0193…, kind: 2". */
export function factsOf(payload: Readonly<Record<string, unknown>>): string {
	return Object.entries(payload)
		.filter(([, value]) => value !== null && value !== false)
		.map(
			([name, value]) =>
				`${name.replaceAll('_', ' ')}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
		)
		.join(', ');
}

/** How a part of the platform is. */
export const states = {
	well: { word: 'Well', tone: 'success' },
	shaky: { word: 'Failed once', tone: 'warning' },
	failing: { word: 'Fails', tone: 'danger' },
	unknown: { word: 'Not known', tone: 'neutral' }
} as const;

type Announcement = { starts_at: string; ends_at: string; withdrawn_at: string | null };

/** Where an announcement is at a moment, in ms since 1970. */
export function announcementStateOf({ starts_at, ends_at, withdrawn_at }: Announcement, now: number): string {
	if (withdrawn_at) return 'taken back';
	if (Date.parse(ends_at) <= now) return 'over';
	return Date.parse(starts_at) > now ? 'to come' : 'said now';
}
