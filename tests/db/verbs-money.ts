/** The table of verbs.ts: what things cost, numbers and codes. */
import { askFor, idOf, keepCard, organization, text, type Verb } from './verb.ts';

export const money: Record<string, Verb> = {
	// what it costs
	begin_top_up: {
		who: 'billing:write',
		call: (things) => `${organization(things)}, 20000000, 'a key of its own'`
	},
	begin_subscription: { who: 'billing:write', call: (things) => `${organization(things)}, 'pro', 'month'` },
	subscription_to_change: {
		who: 'billing:write',
		given: (things) => `
			insert into public.subscriptions (organization_id, provider_id, plan_code, billing_interval, status, created_at)
			values (${organization(things)}, 'sub_verbs', 'pro', 'month', 'active', now())`,
		call: organization
	},
	set_auto_top_up: {
		who: 'billing:write',
		writes: 'auto_top_up.set',
		given: keepCard,
		call: (things) => `${organization(things)}, 5000000, 20000000, 100000000`
	},
	plan_usage: { who: 'members:read', call: organization },
	usage: { who: 'billing:read', call: (things) => `${organization(things)}, '2026-11-01', '2026-11-30'` },
	usage_figures: { who: 'messages:read', call: (things) => `${organization(things)}, '2026-11-01', '2026-11-30'` },
	usage_months: { who: 'messages:read', call: organization },
	dashboard: { who: 'messages:read', call: organization },
	set_caps: {
		who: 'billing:write',
		writes: 'limits.cap_set',
		call: (things) => `${organization(things)}, '[{"name": "numbers", "most": 1, "stops": true}]'`
	},
	dismiss_first_steps: { who: 'numbers:buy', call: organization },
	request_limits: { who: 'keys:manage', call: organization },
	double_limits: {
		who: 'keys:manage',
		given: (things) => `insert into private.verified_organizations values (${organization(things)}, 'verbs')`,
		writes: 'limits.doubled',
		call: organization
	},
	payments_under_way: { who: 'billing:read', call: organization },
	require_billing: { who: 'billing:write', call: organization },
	top_up_to_confirm: {
		who: 'billing:write',
		given: (things) => `
			insert into public.top_ups (id, organization_id, amount_micros, automatic, status, payment_intent_id, idempotency_key)
			values (${text(things.top_up_id)}, ${organization(things)}, 20000000, true, 'needs_action', 'pi_verbs', 'verbs')`,
		call: ({ top_up_id }) => text(top_up_id)
	},

	// numbers
	number_terms: { who: 'numbers:read', call: (things) => `${organization(things)}, 'US', '+14155650173'` },
	order_number: {
		who: 'numbers:buy',
		fresh: true,
		writes: 'number.ordered',
		// in a country where no other test looks
		given: (things) => `
			select private.grant_plan(${organization(things)}, 'scale', now() + interval '1 day');
			select private.record_number_prices('NZ', '[{"kind": "local", "cost_micros": 1150000, "documents": []}]');
			select private.record_number_offer('{"e164": "+6421555199", "country_code": "NZ", "kind": "local",
				"capabilities": ["sms"], "address_requirement": "none"}');
			select private.transfer(${organization(things)},
				array[row('payments', -5000000), row('wallet', 5000000)]::private.ledger_leg[], 'top_up', 'for a number')`,
		call: (things) => `${organization(things)}, '+6421555199', 1150000, 'a key of its own'`
	},

	// codes
	confirm_allowed_use: {
		who: 'verifications:manage',
		writes: 'verification.use_confirmed',
		given: (things) =>
			`update public.organizations set allowed_use_confirmed_at = null where id = ${organization(things)}`,
		call: organization
	},
	request_verification: {
		who: 'verifications:request',
		call: (things) => `${organization(things)}, 'a key of its own', 'google'`
	},
	cancel_verification: {
		who: 'verifications:manage',
		onNumber: true,
		writes: 'verification.cancelled',
		call: ({ verification_id }) => `${text(verification_id)}, 'no longer needed'`
	},
	complete_verification: {
		who: 'verifications:request',
		onNumber: true,
		given: (things, persona) => `${askFor(things, persona)};
			update public.verifications set status = 'code_received' where id = ${text(things.verification_id)}`,
		call: ({ verification_id }) => `${text(verification_id)}, '482910'`
	},
	choose_verification: {
		who: 'verifications:request',
		onNumber: true,
		writes: 'code.chosen',
		given: (things, persona) => `${askFor(things, persona)};
			update public.message_codes set verification_id = null, candidate_ids = array[${text(things.verification_id)}::uuid]
			where id = ${text(things.code_id)}`,
		call: ({ code_id, verification_id }) => `${text(code_id)}, ${text(verification_id)}`
	},
	reveal_code: {
		who: 'codes:reveal',
		onNumber: true,
		writes: 'code.revealed',
		call: ({ code_id }) => text(code_id)
	},
	save_code_rule: {
		who: 'verifications:manage',
		writes: 'code.rule_added',
		call: (things) => `${organization(things)}, 'code', 'another door ', ''`
	},
	delete_code_rule: {
		who: 'verifications:manage',
		writes: 'code.rule_removed',
		call: ({ rule_id }) => text(rule_id)
	},
	replay_texts: { who: 'verifications:manage', call: organization },
	set_code_settings: {
		who: 'codes:change',
		fresh: true,
		writes: 'code.settings_changed',
		call: (things) => `${organization(things)}, '{owner}', 24`
	},

	count_verifications: { who: 'messages:read', call: organization },
	verification_rates: { who: 'messages:read', call: organization },
	services_asked_of: { who: 'messages:read', call: organization },
	save_view: { who: 'messages:read', call: (things) => `${organization(things)}, 'Late ones', 'status=expired'` },
	delete_view: {
		who: 'somebody',
		// whoever calls has saved it
		given: ({ view_id, organization_id }, persona) => `
			insert into public.saved_views (id, organization_id, user_id, name, query)
			select ${text(view_id)}, m.organization_id, m.user_id, 'Late ones', 'status=expired'
			from public.memberships m where m.user_id = ${text(idOf(persona))}
			order by m.organization_id = ${text(organization_id)} desc limit 1`,
		call: ({ view_id }) => text(view_id)
	}
};
