/** The test cards that are known here, a part of https://docs.stripe.com/testing */

/** Why a card is refused, in Stripe's words. */
export type Decline = { code: string; decline_code?: string; message: string };

export type TestCard = {
	number: string;
	/** What programs name it by. */
	token: string;
	brand: 'visa' | 'mastercard';
	says: string;
	decline?: Decline;
	/** It can be kept for later although it is declined whenever it is charged. */
	isKeepable?: true;
	/** When its bank wants to see its owner: each time, or until it was set up for payments without them. */
	authentication?: 'always' | 'until_set_up';
};

const declined: Decline = {
	code: 'card_declined',
	decline_code: 'generic_decline',
	message: 'Your card was declined.'
};
const insufficient: Decline = {
	code: 'card_declined',
	decline_code: 'insufficient_funds',
	message: 'Your card has insufficient funds.'
};

export const authenticationRequired: Decline = {
	code: 'authentication_required',
	decline_code: 'authentication_required',
	message: 'Your card was declined. This transaction requires authentication.'
};

export const testCards: readonly TestCard[] = [
	{ number: '4242424242424242', token: 'pm_card_visa', brand: 'visa', says: 'Pays' },
	{ number: '5555555555554444', token: 'pm_card_mastercard', brand: 'mastercard', says: 'Pays' },
	{
		number: '4000002760003184',
		token: 'pm_card_authenticationRequired',
		brand: 'visa',
		says: '3-D Secure each time',
		authentication: 'always'
	},
	{
		number: '4000002500003155',
		token: 'pm_card_authenticationRequiredOnSetup',
		brand: 'visa',
		says: '3-D Secure until it is set up',
		authentication: 'until_set_up'
	},
	{
		number: '4000000000000002',
		token: 'pm_card_visa_chargeDeclined',
		brand: 'visa',
		says: 'Is declined',
		decline: declined
	},
	{
		number: '4000000000009995',
		token: 'pm_card_visa_chargeDeclinedInsufficientFunds',
		brand: 'visa',
		says: 'Has insufficient funds',
		decline: insufficient
	},
	{
		number: '4000000000000341',
		token: 'pm_card_chargeCustomerFail',
		brand: 'visa',
		says: 'Can be kept, is declined when charged',
		decline: declined,
		isKeepable: true
	}
];

/** The last four digits tell these cards apart. */
export function cardEnding(last4: string): TestCard {
	const card = testCards.find(({ number }) => number.endsWith(last4));
	if (!card) throw new Error(`no test card ends in ${last4}`);
	return card;
}
