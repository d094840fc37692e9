import type { Words } from './codes-words.ts';

/** What is written alike in many languages: abbreviations, currencies, units. */
export const signs: Words = {
	otp: '~otp, otps, otac, mtan, smstan, pushtan, etac, totp, 2fa, mfa, one time p w, captcha',
	code: 'pin, pins, mpin, tan, tac',
	money: `rs, inr, usd, eur, gbp, chf, thb, aed, sar, qar, kwd, bhd, omr, egp, mad, dzd, tnd, jod, lbp, iqd, npr,
		pkr, lkr, bdt, tk, mmk, khr, vnd, idr, rp, myr, rm, php, sgd, hkd, twd, nt, cny, rmb, jpy, krw, aud, nzd,
		cad, mxn, brl, ars, clp, cop, pen, uyu, rub, rur, uah, byn, kzt, uzs, gel, amd, azn, kgs, tl, pln, czk,
		huf, ron, bgn, rsd, sek, nok, dkk, isk, ils, nis, zar, ngn, ghs, kes, ksh, tzs, tsh, ugx, ush, etb, rwf,
		xaf, xof, irr, irt, mzn, mt, btc, eth, usdt, zl, kc, kr, ft, lei, лв, руб, грн, тг, сум`,
	count: 'gb, mb, kb, tb, km, kg, cm, mm, ml, kwh, pts, pcs, ppm, pm, am, sms, mins sms',
	reference: `ref, refno, ref no, ref nr, ref id, reference, refn, rrn, utr, txn, txnid, trx, trxid, trn, txid, imps,
		neft, rtgs, upi ref, a c, ac, acc, acct, id, no, nr, iban, bic, swift, awb, pnr, sku, serial, imei,
		iccid, mrn, ticket, po box, pobox, vat, tin, isbn, isin, cvv, cvc`,
	second: 's, sec, secs, sek',
	minute: 'min, mins, minuta, minutos',
	hour: 'h, hr, hrs',
	call: 'tel, phone, hotline, helpline, call center, callcenter, fax, whatsapp no, ussd',
	nothing: 'qr code, pan'
};
