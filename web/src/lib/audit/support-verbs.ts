import { dollars } from '#core/money.ts';
import type { Verb } from './verbs.ts';

const pages: Readonly<Record<string, string>> = {
	overview: 'the overview of the organization',
	conversations: 'the list of conversations',
	conversation: 'a conversation',
	event: 'what a provider told us'
};

const throttles: Readonly<Record<string, string>> = {
	watch: 'keeps an eye on what is sent; nothing is held back',
	slow: 'slowed down what is sent',
	hold: 'slowed down what is sent, and lets nobody new be texted',
	stop: 'stopped sending'
};

const word = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise);
/** Why, where the platform says it. */
export const reasonOf = (value: unknown) => (typeof value === 'string' ? `. Reason: “${value}”` : '');

/** Deeds of the platform's own people, and of owners who let them see more, in words. */
export const supportVerbs: Readonly<Record<string, Verb>> = {
	'support.looked': {
		label: 'Support looked at something',
		says: ({ object, after }) => {
			const page = after.page === 'person' ? `${object}’s account` : (pages[String(after.page)] ?? 'a page');
			const seen = after.unmasked === true ? 'with texts and contacts, by a support code' : 'texts and contacts masked';
			return `Our support (${word(after.role, 'operator')}) looked at ${page}, ${seen}${reasonOf(after.reason)}`;
		},
		told: ['page', 'role', 'reason', 'unmasked']
	},
	'support.code_issued': {
		label: 'Support code made',
		says: ({ actor }) => `${actor} made a code by which our support may read texts for 30 minutes`,
		told: ['until']
	},
	'support.code_used': {
		label: 'Support code used',
		says: ({ after }) => `Our support (${word(after.role, 'operator')}) used the support code`,
		told: ['role']
	},
	'support.code_ended': {
		label: 'Support code ended',
		says: ({ actor }) => `${actor} ended what the support code had opened`
	},
	'wallet.adjusted': {
		label: 'Wallet adjusted by the platform',
		says: ({ actor, after }) => {
			const amount = Number(after.amount_micros ?? 0);
			const deed = amount < 0 ? 'took' : 'put';
			return `${actor} ${deed} ${dollars(Math.abs(amount))} ${amount < 0 ? 'out of' : 'into'} the wallet${reasonOf(after.reason)}`;
		},
		told: ['amount_micros', 'reason']
	},
	'plan.overridden': {
		label: 'Plan given by the platform',
		says: ({ actor, after }) =>
			typeof after.plan === 'string'
				? `${actor} gave the plan ${after.plan}`
				: `${actor} set the plan back to what is paid for`,
		told: ['plan']
	},
	'sending.throttled': {
		label: 'Sending held back by the platform',
		says: ({ actor, after }) => {
			const deed = throttles[String(after.step)] ?? 'held sending back';
			return `${after.by_rule === true ? 'A rule of the platform' : actor} ${deed}${reasonOf(after.message)}`;
		},
		told: ['step', 'message', 'by_rule']
	},
	'sending.freed': {
		label: 'Sending as before',
		says: () => 'Sending is as before: the platform holds nothing back',
		told: ['step', 'message', 'by_rule']
	},
	'organization.verified': {
		label: 'Organization verified',
		says: ({ actor }) => `${actor} marked the organization as verified`
	},
	'organization.unverified': {
		label: 'Verified mark taken away',
		says: ({ actor }) => `${actor} took the organization’s verified mark away`
	}
};
