import type { Words } from './codes-words.ts';

/** Words that alone head a code: what they name is nothing but proving who somebody is. */
const proof = `verify, verif, verification, authenticate, authentication, sign in, signin, log in, verifizierung, verifikation,
	authentifizierung, verifica, verifique, verificacion, autenticacion, verifiez, authentification, autenticazione,
	verificacao, autenticacao, verificatie, verifieer, authenticatie, verifiering, verifiera, autentisering, verificering,
	verifisering, weryfikacja, uwierzytelnienie, uwierzytelnianie, dogrulama, kimlik dogrulama, verificare, overeni, overenie,
	верификация, верифікація`;

/** Words that alone head a code that is good for minutes, and otherwise as often another number. */
const entry = `login, logon, confirm, confirmation, anmeldung, anmelden, einloggen, bestatigung, connexion, acceso, accesso, acesso,
	logowanie, giris, inloggning, inloggen, aanmelden, log ind, logg inn`;

/** Says what something is, and asks nobody for anything. */
const is = `est, este, ist, lautet, jest, voici, ecco, here is, heres, yra, eshte, adalah, ialah, ειναι, это, است, مي باشد, ميباشد,
	আছে, হলো, ஆகும், ആണ്, არის, आहे`;

/** That a code was one, and is none any more. */
const over = `expired, has expired, is expired, have expired, no longer valid, is no longer valid, abgelaufen, ist abgelaufen,
	ha caducado, caducado, ha expirado, expirado, expirou, a expire, est expire, scaduto, e scaduto, verlopen, is verlopen,
	wygasl, stracil waznosc, har gatt ut, suresi doldu`;

/** What the languages have in common in how their words work, apart from what each word is about. */
export const across: Words = {
	proof,
	entry,
	either: 'confirmation code',
	code: 'confirmation code',
	verify: `${proof}, ${entry}, confirmation code`,
	is,
	enter: is,
	kind: over,
	valid: over,
	pay: 'to pay, paying, zu zahlen, pour payer, para pagar, per pagare, om te betalen, for att betala',
	booking: `appointment, appointments, appt, booking, booked, reservation, reserved, flight, flights, hotel, check in, checkin,
		itinerary, clinic, dentist, doctor, table for, your stay, your visit, your order, ordered, your trip, tickets, pickup`,
	place: `address, area, city, district, village, locality, landmark, nagar, serviceable, near you, deliver to, delivery to,
		delivers to, deliver at, for delivery, delivery available, road`
};
