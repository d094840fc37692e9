/** Flaws in who is told what and how: each one planted alone, in the words of a function, and what has to happen to see it. */
import type { Happening, Plan, Reader } from './telling-plans.ts';

export type Flaw = { flaw: string; in: string; from: string; to: string; plan: Plan };

const reader = (wish: Partial<Reader>): Reader => ({
	role: 'admin',
	devices: 0,
	chosen: [],
	quiet: false,
	mentionsBreakThrough: false,
	...wish
});
const happening = (wish: Partial<Happening>): Happening => ({
	event: 'assigned',
	place: 0,
	whom: 0,
	byThemself: false,
	...wish
});
const when = (wish: Partial<Happening>, who: Partial<Reader> = {}, other: Partial<Reader> = {}): Plan => ({
	readers: [reader(who), reader(other)],
	happenings: [happening(wish)],
	killAfter: null
});
type Wish = Partial<Reader['chosen'][number]> & Pick<Happening, 'event'>;
const choose = (wish: Wish): Reader['chosen'][number] => ({
	organization: 0,
	number: null,
	bell: false,
	push: false,
	email: 'off',
	...wish
});

export const flaws: Flaw[] = [
	{
		flaw: 'what was chosen for a number is overruled by what holds everywhere',
		in: 'chosen_channels',
		from: 'ORDER BY n.phone_number_id',
		to: 'ORDER BY n.phone_number_id NULLS FIRST',
		plan: when(
			{ place: 1 },
			{ chosen: [choose({ event: 'assigned' }), choose({ event: 'assigned', number: 1, bell: true })] }
		)
	},
	{
		flaw: 'a choice in one organization holds in another',
		in: 'chosen_channels',
		from: '(n.organization_id = chosen_channels.organization_id)',
		to: 'true',
		plan: when({ place: 2 }, { chosen: [choose({ event: 'assigned' })] })
	},
	{
		flaw: 'the bell rings for whoever switched it off',
		in: 'choose_channels',
		from: 'new.bell := chosen.bell',
		to: 'new.bell := true',
		plan: when({}, { chosen: [choose({ event: 'assigned', email: 'daily' })] })
	},
	{
		flaw: 'everything breaks through quiet hours as mentions may',
		in: 'after_quiet',
		from: "event = 'mention' and hours.mentions_break_through",
		to: 'hours.mentions_break_through',
		plan: when(
			{},
			{ quiet: true, mentionsBreakThrough: true, chosen: [choose({ event: 'assigned', email: 'at_once' })] }
		)
	},
	{
		flaw: 'no mention breaks through',
		in: 'after_quiet',
		from: "event = 'mention' and hours.mentions_break_through",
		to: 'false',
		plan: when({ event: 'mention' }, { quiet: true, mentionsBreakThrough: true, devices: 1 })
	},
	{
		flaw: 'somebody is told of what they did themselves',
		in: 'notify_of_assignment',
		from: 'and m.user_id is distinct from auth.uid()',
		to: '',
		plan: when({ byThemself: true })
	},
	{
		flaw: 'one device hears of it, and not the other',
		in: 'enqueue_pushes',
		from: 'where s.user_id = t.user_id',
		to: 'where s.user_id = t.user_id limit 1',
		plan: when({}, { devices: 2 })
	},
	{
		flaw: 'what should gather for an hour leaves at once',
		in: 'deliver_notification',
		from: "new.email in ('hourly', 'daily')",
		to: "new.email = 'daily'",
		plan: when({}, { chosen: [choose({ event: 'assigned', email: 'hourly' })] })
	},
	{
		flaw: 'a letter of the day tells what those of the hours told',
		in: 'take_digest',
		from: 't.email = take_digest.cadence',
		to: "t.email in ('hourly', 'daily')",
		plan: {
			...when(
				{},
				{ chosen: [choose({ event: 'assigned', email: 'hourly' }), choose({ event: 'mention', email: 'daily' })] }
			),
			happenings: [happening({ event: 'mention' }), happening({})]
		}
	},
	{
		flaw: 'a letter with words of its own leaves for who wants them by the day',
		in: 'letter_reader',
		from: "<> 'at_once'",
		to: "= 'off'",
		plan: when({ event: 'programs' }, { chosen: [choose({ event: 'programs', email: 'daily' })] })
	},
	{
		flaw: 'webhooks are told of as money is',
		in: 'event_of_topic',
		from: "OR starts_with(topic, 'webhook_'::text)",
		to: '',
		plan: when({ event: 'programs' }, { chosen: [choose({ event: 'programs' })] })
	},
	{
		flaw: 'a notice goes to those whose role has nothing to do with it',
		in: 'give_notice',
		from: 'and c.capability = give_notice.capability',
		to: '',
		plan: when({ event: 'numbers' }, { role: 'member' })
	},
	{
		flaw: 'a text where it is theirs is told as any other text is',
		in: 'notify_of_text',
		from: 'min(w.event)',
		to: 'max(w.event)',
		plan: when(
			{ event: 'message' },
			{ chosen: [choose({ event: 'message' }), choose({ event: 'any_text', bell: true })] }
		)
	},
	{
		flaw: 'files that are ready are no news',
		in: 'keep_verification_export_part',
		from: "values (asked.user_id, asked.organization_id, 'export', asked.id)",
		to: "select asked.user_id, asked.organization_id, 'export', asked.id where false",
		plan: when({ event: 'export' })
	},
	{
		flaw: 'a request that expired is told to nobody',
		in: 'expire_verification',
		from: 'perform private.notify_of_verification(due, null)',
		to: 'null',
		plan: when({ event: 'verification' })
	}
];
