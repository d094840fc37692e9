import { dollars } from '#core/money.ts';
import { displayPhone } from '#core/phone-display.ts';
import type { Verb } from './verbs.ts';

/** A phone number that a line names, in one piece. */
function numberIn(fields: Readonly<Record<string, unknown>>): string {
	if (typeof fields.e164 !== 'string') return 'a number';
	const { prefix, rest } = displayPhone(fields.e164);
	return `${prefix} ${rest}`.trim().replaceAll(' ', '\u00a0');
}

/** Deeds about numbers, in words. */
export const numberVerbs: Readonly<Record<string, Verb>> = {
	'number.added': {
		label: 'Number added',
		says: ({ actor, object }) => `${actor} added ${object}`,
		told: ['e164']
	},
	'number.ordered': {
		label: 'Number ordered',
		says: ({ actor, after }) => `${actor} ordered ${numberIn(after)} for ${dollars(Number(after.total_micros ?? 0))}`,
		told: ['e164', 'total_micros']
	},
	'number.not_bought': {
		label: 'Number not bought',
		says: ({ after }) => `${numberIn(after)} was not bought, and the money is back in the wallet`,
		told: ['e164', 'reason']
	},
	'number.renamed': {
		label: 'Number renamed',
		says: ({ actor, object }) => `${actor} renamed ${object}`
	},
	'number.renewed': {
		label: 'Number renewed',
		says: ({ actor, object, before }) =>
			before.status === 'quarantined' ? `${actor} brought ${object} back` : `${actor} renewed ${object}`,
		told: ['status']
	},
	'number.renewal_changed': {
		label: 'Renewal of a number changed',
		says: ({ actor, object, after }) =>
			`${actor} switched automatic renewal of ${object} ${after.auto_renew === true ? 'on' : 'off'}`,
		told: ['auto_renew']
	},
	'number.cancelled': {
		label: 'Number cancelled',
		says: ({ actor, object }) => `${actor} cancelled ${object}`,
		told: ['e164']
	},
	'number.kept': {
		label: 'Number kept',
		says: ({ actor, object }) => `${actor} kept ${object} after all`,
		told: ['ends_at']
	},
	'number.access_changed': {
		label: 'Access to a number changed',
		says: ({ actor, object }) => `${actor} changed who may use ${object}`
	}
};
