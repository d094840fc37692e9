/**
 * What the carrier sells where, after what Twilio does: kinds of numbers, what they can do, which documents they need,
 * and prices in USD. All of it is made up where it had to be; nothing of it is Twilio's price list.
 */
import { calls, everything, kind, northAmerican, tollFree, type Country } from './kinds.ts';

export const countries: readonly Country[] = [
	{
		iso: 'US',
		name: 'United States',
		code: '1',
		outbound: [
			['at&t', '310', '410', '0.0083'],
			['t-mobile', '310', '260', '0.0083'],
			['verizon', '311', '480', '0.0083']
		],
		kinds: {
			local: northAmerican(
				[
					['206', 'Seattle', 'WA'],
					['212', 'New York', 'NY'],
					['213', 'Los Angeles', 'CA'],
					['303', 'Denver', 'CO'],
					['305', 'Miami', 'FL'],
					['312', 'Chicago', 'IL'],
					['404', 'Atlanta', 'GA'],
					['415', 'San Francisco', 'CA'],
					['503', 'Portland', 'OR'],
					['510', 'Oakland', 'CA'],
					['512', 'Austin', 'TX'],
					['602', 'Phoenix', 'AZ'],
					['617', 'Boston', 'MA'],
					['628', 'San Francisco', 'CA'],
					['646', 'New York', 'NY'],
					['702', 'Las Vegas', 'NV'],
					['718', 'Brooklyn', 'NY'],
					['808', 'Honolulu', 'HI']
				],
				'1.15'
			),
			toll_free: northAmerican(tollFree, '2.15')
		}
	},
	{
		iso: 'CA',
		name: 'Canada',
		code: '1',
		outbound: [
			['bell', '302', '610', '0.0083'],
			['rogers', '302', '720', '0.0083']
		],
		kinds: {
			local: northAmerican(
				[
					['416', 'Toronto', 'ON'],
					['514', 'Montreal', 'QC'],
					['587', 'Calgary', 'AB'],
					['604', 'Vancouver', 'BC'],
					['613', 'Ottawa', 'ON'],
					['902', 'Halifax', 'NS']
				],
				'1.15'
			)
		}
	},
	{
		iso: 'GB',
		name: 'United Kingdom',
		code: '44',
		outbound: [
			['o2', '234', '10', '0.0524'],
			['ee', '234', '30', '0.0463']
		],
		kinds: {
			local: kind(
				[
					['203', 'London', null],
					['121', 'Birmingham', null],
					['131', 'Edinburgh', null],
					['161', 'Manchester', null]
				],
				10,
				{ capabilities: calls, address: 'any', bundle: true, price: '1.15' }
			),
			mobile: kind([['7380', null, null]], 10, { address: 'any', price: '1.15' }),
			toll_free: kind([['808', null, null]], 10, { capabilities: calls, address: 'any', price: '2.15' })
		}
	},
	{
		iso: 'IE',
		name: 'Ireland',
		code: '353',
		outbound: [['vodafone', '272', '01', '0.0726']],
		kinds: {
			local: kind([['1', 'Dublin', null]], 8, { capabilities: calls, address: 'local', bundle: true, price: '1.50' }),
			mobile: kind([['85', null, null]], 9, { address: 'any', bundle: true, price: '6.00' })
		}
	},
	{
		iso: 'DE',
		name: 'Germany',
		code: '49',
		outbound: [
			['telekom', '262', '01', '0.0942'],
			['vodafone', '262', '02', '0.1044']
		],
		kinds: {
			local: kind(
				[
					['30', 'Berlin', null],
					['40', 'Hamburg', null],
					['89', 'Munich', null]
				],
				10,
				{ capabilities: calls, address: 'local', bundle: true, price: '1.15' }
			),
			mobile: kind([['1575', null, null]], 11, { address: 'local', bundle: true, price: '15.00', inbound: '0.0100' })
		}
	},
	{
		iso: 'AT',
		name: 'Austria',
		code: '43',
		outbound: [['a1', '232', '01', '0.0890']],
		kinds: { mobile: kind([['676', null, null]], 10, { price: '4.50' }) }
	},
	{
		iso: 'HU',
		name: 'Hungary',
		code: '36',
		outbound: [['yettel', '216', '01', '0.0806']],
		kinds: {
			local: kind([['1', 'Budapest', null]], 8, { capabilities: calls, address: 'local', price: '2.00' }),
			mobile: kind([['70', null, null]], 9, { address: 'local', price: '9.00' })
		}
	},
	{
		iso: 'FR',
		name: 'France',
		code: '33',
		outbound: [
			['orange', '208', '01', '0.0798'],
			['sfr', '208', '10', '0.0798']
		],
		kinds: {
			local: kind([['1', 'Paris', null]], 9, { capabilities: calls, address: 'local', bundle: true, price: '1.15' }),
			mobile: kind([['644', null, null]], 9, { address: 'local', bundle: true, price: '3.00' })
		}
	},
	{
		iso: 'ES',
		name: 'Spain',
		code: '34',
		outbound: [['movistar', '214', '07', '0.0772']],
		kinds: {
			local: kind(
				[
					['91', 'Madrid', null],
					['93', 'Barcelona', null]
				],
				9,
				{ capabilities: calls, address: 'any', price: '1.15' }
			),
			toll_free: kind([['900', null, null]], 9, { capabilities: calls, address: 'any', price: '25.00' })
		}
	},
	{
		iso: 'NL',
		name: 'Netherlands',
		code: '31',
		outbound: [['kpn', '204', '08', '0.1038']],
		kinds: {
			local: kind([['20', 'Amsterdam', null]], 9, { capabilities: calls, address: 'local', price: '1.15' }),
			mobile: kind([['685', null, null]], 9, { address: 'any', bundle: true, price: '6.00' })
		}
	},
	{
		iso: 'SE',
		name: 'Sweden',
		code: '46',
		outbound: [['telia', '240', '01', '0.0580']],
		kinds: {
			local: kind([['85', 'Stockholm', null]], 9, { capabilities: calls, address: 'any', price: '1.00' }),
			mobile: kind([['769', null, null]], 9, { price: '3.00' })
		}
	},
	{
		iso: 'PL',
		name: 'Poland',
		code: '48',
		outbound: [['play', '260', '06', '0.0428']],
		kinds: {
			local: kind([['22', 'Warsaw', null]], 9, { capabilities: calls, address: 'any', price: '1.00' }),
			mobile: kind([['732', null, null]], 9, { address: 'any', price: '4.00' })
		}
	},
	{
		iso: 'AU',
		name: 'Australia',
		code: '61',
		outbound: [['telstra', '505', '01', '0.0515']],
		kinds: {
			local: kind(
				[
					['28', 'Sydney', 'NSW'],
					['39', 'Melbourne', 'VIC']
				],
				9,
				{ capabilities: calls, address: 'any', price: '3.00' }
			),
			mobile: kind([['488', null, null]], 9, { capabilities: everything, address: 'any', price: '6.50' })
		}
	},
	{
		iso: 'BR',
		name: 'Brazil',
		code: '55',
		outbound: [['vivo', '724', '06', '0.0600']],
		kinds: {
			local: kind(
				[
					['113', 'São Paulo', 'SP'],
					['213', 'Rio de Janeiro', 'RJ']
				],
				10,
				{ capabilities: calls, address: 'local', price: '4.25' }
			),
			mobile: kind([['1195', 'São Paulo', 'SP']], 11, { address: 'foreign', price: '15.00' })
		}
	},
	{
		iso: 'MX',
		name: 'Mexico',
		code: '52',
		outbound: [['telcel', '334', '020', '0.0672']],
		kinds: {
			local: kind(
				[
					['55', 'Mexico City', 'CDMX'],
					['33', 'Guadalajara', 'JAL'],
					['81', 'Monterrey', 'NLE']
				],
				10,
				{ address: 'any', price: '6.25' }
			)
		}
	},
	{
		iso: 'JP',
		name: 'Japan',
		code: '81',
		outbound: [['docomo', '440', '10', '0.0780']],
		kinds: {
			local: kind([['3', 'Tokyo', null]], 9, { capabilities: calls, address: 'local', bundle: true, price: '4.50' }),
			toll_free: kind([['120', null, null]], 9, { capabilities: calls, address: 'local', bundle: true, price: '25.00' })
		}
	}
];

export function findCountry(iso: string): Country | undefined {
	return countries.find((country) => country.iso === iso.toUpperCase());
}
