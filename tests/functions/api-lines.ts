/** A line for each endpoint of the developer API: a request that succeeds, and one that is refused for its own reason. */
import { randomUUID } from 'node:crypto';
import type { Listed } from '../../supabase/functions/api/marketplace.ts';
import { createNumber, inventNumber } from '../support/people.ts';
import { attachmentLines } from './api-attachment-lines.ts';
import type { Line, Scene } from './api-line.ts';
import { webhookLines } from './api-webhook-lines.ts';
import { inboundFields } from './doors.ts';

type Row = { id: string };
const row = <Of extends Row = Row>(answer: { body: unknown }) => answer.body as Of;

const target = ({ number }: Scene) => ({ from: number.e164, to: inventNumber() });
const text = async (scene: Scene, more: object = {}) =>
	row<Row & { conversation_id: string }>(
		await scene.api.post('/messages', scene.key, { ...target(scene), body: 'Hello', ...more })
	);
const later = () => ({ send_at: new Date(Date.now() + 3_600_000).toISOString() });
const planned = async (scene: Scene) => ({ id: (await text(scene, later())).id });
const conversation = async (scene: Scene) => ({ id: (await text(scene)).conversation_id });
const contact = async ({ api, key }: Scene) =>
	row(await api.post('/contacts', key, { phone_number: inventNumber(), name: 'Robin' }));
const label = async ({ api, key }: Scene) => row(await api.post('/labels', key, { name: randomUUID() }));
const verification = async ({ api, key }: Scene, service = 'Wardrobe') =>
	row(await api.post('/verifications', key, { service }));
const spare = ({ sql, organizationId }: Scene) => createNumber(sql, null, { organizationId });
const pair = ({ number }: Scene) => ({ phone_number_id: number.id, contact_number: inventNumber() });
const nobody = () => ({ path: { id: randomUUID() } });
const days = { since: '2026-11-01', until: '2026-11-30' };
const gone = { wish: nobody, status: 404, code: 'not_found' };
const us = { country: 'US', type: 'local' };

/** A number that no other test looks for. */
async function offer({ api, key }: Scene, contains = '*7788') {
	const query = new URLSearchParams({ ...us, contains, capabilities: 'sms' });
	const { body } = await api.get<{ data: Listed[] }>(`/numbers/available?${query}`, key);
	return body.data[0]!;
}

/** An order of one whose digits are so. */
export async function order(scene: Scene, contains: string) {
	const { id } = row(await scene.api.post('/number-orders', scene.key, wishFor(await offer(scene, contains))));
	return { id };
}

export const lines: Readonly<Record<string, Line>> = {
	...webhookLines,
	...attachmentLines,

	getMe: { good: () => ({}), status: 200, everybodys: true },

	sendMessage: {
		good: (scene) => ({ json: { ...target(scene), body: 'Your table is ready.', hold_seconds: 5 } }),
		status: 201,
		refused: {
			wish: ({ number }) => ({ json: { from: number.id, to: '0123', body: 'Hello' } }),
			status: 422,
			code: 'recipient_invalid'
		}
	},
	preflightMessage: { good: (scene) => ({ json: { ...target(scene), body: 'Hello' } }), status: 200 },
	listMessages: { good: ({ number }) => ({ query: { phone_number_id: number.id, limit: '2' } }), status: 200 },
	getMessage: { good: async (scene) => ({ path: { id: (await text(scene)).id } }), status: 200, refused: gone },
	cancelMessage: {
		good: async (scene) => ({ path: { id: (await text(scene, { hold_seconds: 30 })).id } }),
		status: 200,
		refused: {
			wish: async (scene) => {
				const { id } = await text(scene, { hold_seconds: 30 });
				await scene.sql`update public.messages set status = 'sent' where id = ${id}`;
				return { path: { id } };
			},
			...{ status: 409, code: 'already_sent' }
		}
	},
	listScheduledMessages: { good: () => ({ query: { status: 'scheduled' } }), status: 200 },
	getScheduledMessage: { good: async (scene) => ({ path: await planned(scene) }), status: 200, refused: gone },
	updateScheduledMessage: {
		good: async (scene) => ({ path: await planned(scene), json: { body: 'Even later' } }),
		status: 200,
		refused: {
			wish: async (scene) => ({ path: await planned(scene), json: { send_at: '2020-01-01T00:00:00Z' } }),
			...{ status: 422, code: 'send_at_invalid' }
		}
	},
	cancelScheduledMessage: {
		good: async (scene) => ({ path: await planned(scene) }),
		status: 200,
		refused: {
			wish: async (scene) => {
				const path = await planned(scene);
				await scene.sql`update public.scheduled_messages set status = 'sent' where id = ${path.id}`;
				return { path };
			},
			...{ status: 409, code: 'schedule_over' }
		}
	},

	listConversations: { good: () => ({ query: { state: 'all', limit: '2' } }), status: 200 },
	getConversation: { good: async (scene) => ({ path: await conversation(scene) }), status: 200, refused: gone },
	listConversationMessages: {
		good: async (scene) => ({ path: await conversation(scene), query: { after_revision: '0' } }),
		status: 200
	},
	updateConversation: {
		good: async (scene) => ({
			path: await conversation(scene),
			json: { archived: true, assignee_id: scene.owner.userId, add_label_ids: [(await label(scene)).id] }
		}),
		status: 204,
		refused: {
			wish: async (scene) => ({ path: await conversation(scene), json: { archived: true, assignee_id: randomUUID() } }),
			...{ status: 422, code: 'assignee_invalid' }
		}
	},
	listLabels: { good: () => ({ query: { limit: '1' } }), status: 200 },
	getLabel: { good: async (scene) => ({ path: { id: (await label(scene)).id } }), status: 200, refused: gone },
	createLabel: {
		good: () => ({ json: { name: randomUUID() } }),
		status: 201,
		refused: { wish: () => ({ json: { name: ' ' } }), status: 422, code: 'label_name_invalid' }
	},
	updateLabel: {
		good: async (scene) => ({ path: { id: (await label(scene)).id }, json: { name: randomUUID(), color: 3 } }),
		status: 204
	},
	deleteLabel: { good: async (scene) => ({ path: { id: (await label(scene)).id } }), status: 204, refused: gone },

	listContacts: { good: () => ({ query: { query: 'rob', blocked: 'false' } }), status: 200 },
	getContact: { good: async (scene) => ({ path: { id: (await contact(scene)).id } }), status: 200, refused: gone },
	createContact: {
		good: () => ({ json: { phone_number: inventNumber(), name: 'Sam' } }),
		status: 201,
		refused: { wish: () => ({ json: { phone_number: '12' } }), status: 422, code: 'phone_number_invalid' }
	},
	importContacts: {
		good: () => ({ json: { contacts: [{ phone_number: inventNumber() }, { phone_number: 'x\0' }], dry_run: true } }),
		status: 200
	},
	updateContact: {
		good: async (scene) => ({ path: { id: (await contact(scene)).id }, json: { name: null } }),
		status: 204,
		refused: {
			wish: async (scene) => ({ path: { id: (await contact(scene)).id }, json: { name: 'x'.repeat(101) } }),
			...{ status: 422, code: 'contact_name_too_long' }
		}
	},
	mergeContacts: {
		good: async (scene) => ({ path: { id: (await contact(scene)).id }, json: { ids: [(await contact(scene)).id] } }),
		status: 204
	},
	splitContact: { good: async (scene) => ({ path: { id: (await contact(scene)).id } }), status: 204, refused: gone },
	blockContact: { good: async (scene) => ({ path: { id: (await contact(scene)).id } }), status: 204, refused: gone },
	unblockContact: { good: async (scene) => ({ path: { id: (await contact(scene)).id } }), status: 204, refused: gone },

	listOptOuts: {
		good: async (scene) => {
			await scene.api.post('/opt-outs', scene.key, pair(scene));
			return { query: { limit: '1', source: 'person' } };
		},
		status: 200
	},
	addOptOut: {
		good: (scene) => ({ json: { ...pair(scene), note: 'asked by phone' } }),
		status: 204,
		names: true,
		refused: {
			wish: (scene) => ({ json: { ...pair(scene), contact_number: '12' } }),
			...{ status: 422, code: 'phone_number_invalid' }
		}
	},
	liftOptOut: {
		good: async (scene) => {
			const both = pair(scene);
			await scene.api.post('/opt-outs', scene.key, both);
			return { json: { ...both, evidence: 'Signed form of 3 May' } };
		},
		status: 204,
		names: true,
		refused: {
			wish: (scene) => ({ json: { ...pair(scene), evidence: 'no' } }),
			...{ status: 422, code: 'evidence_missing' }
		}
	},

	listNumberCountries: { good: () => ({}), status: 200, everybodys: true },
	searchNumbers: {
		good: () => ({ query: { ...us, area_code: '415', limit: '2' } }),
		status: 200,
		refused: {
			wish: () => ({ query: { ...us, contains: '1*2' } }),
			...{ status: 422, code: 'number_search_invalid' }
		}
	},
	getNumberOffer: {
		good: async (scene) => ({ path: { number: (await offer(scene)).number }, query: us }),
		status: 200,
		refused: {
			wish: () => ({ path: { number: '+14155550100' }, query: us }),
			...{ status: 409, code: 'number_sold' }
		}
	},
	listNumbersNear: {
		good: async (scene) => ({ path: { number: (await offer(scene)).number }, query: us }),
		status: 200
	},
	orderNumber: {
		good: async (scene) => ({ json: wishFor(await offer(scene)) }),
		status: 202,
		refused: {
			wish: async (scene) => ({ json: { ...wishFor(await offer(scene, '*7790')), total_micros: 1 } }),
			...{ status: 409, code: 'number_price_changed' }
		}
	},
	getNumberOrder: {
		good: async (scene) => ({ path: await order(scene, '*7791') }),
		status: 200,
		refused: gone
	},
	listNumbers: { good: () => ({ query: { limit: '1' } }), status: 200 },
	getNumber: { good: ({ number }) => ({ path: { id: number.id } }), status: 200, refused: gone },
	updateNumber: {
		good: async (scene) => ({ path: { id: (await spare(scene)).id }, json: { label: 'Desk' } }),
		status: 200,
		refused: {
			wish: ({ number }) => ({ path: { id: number.id }, json: { label: ' ' } }),
			...{ status: 422, code: 'number_label_invalid' }
		}
	},
	releaseNumber: {
		good: async (scene) => {
			const { id, e164 } = await spare(scene);
			return { path: { id }, query: { e164, at_period_end: 'false' } };
		},
		status: 200,
		refused: {
			wish: ({ number }) => ({ path: { id: number.id }, query: { e164: '+14155550100' } }),
			...{ status: 422, code: 'number_differs' }
		}
	},
	renewNumber: { good: ({ number }) => ({ json: { phone_number_id: number.id } }), status: 200, names: true },
	updateNumberRenewal: {
		good: async (scene) => ({ path: { id: (await spare(scene)).id }, json: { auto_renew: false, cancelled: false } }),
		status: 200
	},

	createVerification: {
		good: () => ({ json: { service: 'Wardrobe' } }),
		status: 201,
		refused: {
			wish: () => ({ json: { service: 'Wardrobe', ttl_seconds: 1 } }),
			...{ status: 422, code: 'ttl_invalid' }
		}
	},
	listVerifications: { good: () => ({ query: { limit: '1' } }), status: 200 },
	getVerification: {
		good: async (scene) => ({ path: { id: (await verification(scene)).id } }),
		status: 200,
		refused: gone
	},
	cancelVerification: {
		good: async (scene) => ({ path: { id: (await verification(scene)).id }, json: {} }),
		status: 200,
		refused: {
			wish: async (scene) => {
				const { id } = await verification(scene);
				await scene.sql`update public.verifications set status = 'expired', ended_at = now() where id = ${id}`;
				return { path: { id } };
			},
			...{ status: 409, code: 'verification_over' }
		}
	},
	completeVerification: {
		good: async (scene) => {
			const { id } = await verification(scene, 'Lantern');
			const { e164: to } = scene.number;
			await scene.twilio.inbound(
				inboundFields(scene.env, { from: inventNumber(), to, body: 'Your Lantern code is 402913.' })
			);
			return { path: { id }, json: { code: '402913' } };
		},
		status: 200
	},
	exportVerifications: { good: () => ({ query: { format: 'csv' } }), status: 200, forgives: true },

	getUsage: { good: () => ({ query: days }), status: 200 }
};

function wishFor({ number, country, type, monthly_micros, setup_micros }: Listed) {
	return { number, country, type, total_micros: monthly_micros + setup_micros };
}
