/**
 * The Regulations resource of the Numbers API, which says what documents a bundle is made of:
 * https://www.twilio.com/docs/phone-numbers/regulatory/api/regulations
 */
import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import type { NumberType } from '#core/number-catalogue.ts';
import { countries } from '../catalogue/countries.ts';
import type { Country } from '../catalogue/kinds.ts';
import { placeIn } from './paging.ts';
import type { Faulty, RestEnv } from './request.ts';

const typeNames: Readonly<Record<NumberType, string>> = { local: 'local', mobile: 'mobile', toll_free: 'toll-free' };
const endUsers = ['individual', 'business'] as const;

export function createRegulations(faulty: Faulty): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	app.get('/RegulatoryCompliance/Regulations', faulty('regulations.list'), (c) => {
		const { searchParams } = new URL(c.req.url);
		const asks = (name: string, value: string) => [null, '', value].includes(searchParams.get(name));
		const found = countries
			.flatMap((country) =>
				(Object.keys(country.kinds) as NumberType[])
					.filter((type) => country.kinds[type]?.bundle)
					.flatMap((type) => endUsers.map((endUser) => ({ country, type, endUser })))
			)
			.filter(({ country, type, endUser }) => {
				const ofType = asks('NumberType', typeNames[type]);
				return asks('IsoCountry', country.iso) && ofType && asks('EndUserType', endUser);
			});
		const { size, page } = placeIn(searchParams);
		const at = (to: number) => {
			const query = new URLSearchParams(searchParams);
			query.set('PageSize', String(size));
			query.set('Page', String(to));
			return `https://numbers.twilio.com${c.req.path}?${query}`;
		};
		return c.json({
			results: found.slice(page * size, (page + 1) * size).map(present),
			meta: {
				first_page_url: at(0),
				key: 'results',
				next_page_url: found.length > (page + 1) * size ? at(page + 1) : null,
				page,
				page_size: size,
				previous_page_url: page > 0 ? at(page - 1) : null,
				url: at(page)
			}
		});
	});
	return app;
}

function present({
	country,
	type,
	endUser
}: {
	country: Country;
	type: NumberType;
	endUser: (typeof endUsers)[number];
}): object {
	const name = typeNames[type];
	const digest = createHash('md5').update(`${country.iso} ${name} ${endUser}`).digest('hex');
	const isLocal = country.kinds[type]?.address === 'local';
	const document = (title: string, kind: string) => ({
		name: title,
		type: kind,
		url: null,
		fields: [],
		detailed_fields: []
	});
	return {
		sid: `RN${digest}`,
		friendly_name: `${country.name}: ${name} - ${endUser}`,
		iso_country: country.iso,
		number_type: name,
		end_user_type: endUser,
		requirements: {
			end_user: [{ name: endUser, type: endUser, requirement_name: `${endUser}_info`, url: null, fields: [] }],
			supporting_document: [
				[
					{
						name: endUser === 'business' ? 'Proof of registration' : 'Proof of identity',
						type: 'document',
						requirement_name: `${endUser}_proof`,
						description: 'Who uses the number',
						accepted_documents:
							endUser === 'business'
								? [document('Excerpt of the commercial register', 'commercial_registrar_excerpt')]
								: [document('Passport', 'passport'), document('Government-issued ID', 'government_issued_document')]
					},
					{
						name: 'Proof of address',
						type: 'document',
						requirement_name: 'address_proof',
						description: isLocal ? `An address in ${country.name}` : 'An address',
						accepted_documents: [document('Utility bill', 'utility_bill')]
					}
				]
			]
		},
		url: `https://numbers.twilio.com/v2/RegulatoryCompliance/Regulations/RN${digest}`
	};
}
