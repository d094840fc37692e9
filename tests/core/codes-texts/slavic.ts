/** A text a line, then `=>` and its code, or nothing where it holds none; ⏎ is a line's end. */
export const slavic = {
	pl: `
Twój kod weryfikacyjny Lunaro to 482913. Nikomu go nie podawaj. => 482913
7741 to kod do logowania. Ważny 5 minut. => 7741
Hasło jednorazowe: 550271 => 550271
Wpisz kod 118-204, aby potwierdzić numer telefonu. => 118204
Kod autoryzacyjny dla przelewu na 250,00 zł: 630118 => 630118
Przesyłka 5518842 czeka na odbiór do 12.03. =>
Kod rabatowy 447712 daje 20% zniżki. =>
Saldo konta: 1 284,50 zł. =>
Użyj 229018, aby się zalogować => 229018
Aby się zalogować, wpisz 551904. => 551904
Wprowadź 7741 do logowania w Lunaro => 7741
Weryfikacja: 630118 / 5 min => 630118
Kod do przelewu na PL61 1090 1014 0000 0712 1981 2874: 443219 => 443219
Użyj karty 551884, aby uzyskać dostęp do garażu. =>
`,
	cs: `
Váš ověřovací kód pro Lunaro je 482913. Nikomu jej nesdělujte. => 482913
Pro přihlášení zadejte kód 7741. => 7741
Jednorázové heslo: 550271, platí 5 minut. => 550271
118204 je bezpečnostní kód k potvrzení platby 250,00 Kč. => 118204
Zásilka 5518842 bude doručena zítra. =>
Příchozí platba 500,00 CZK na účet *4471. =>
Slevový kód 447712 na 20 %. =>
`,
	sk: `
Váš overovací kód pre Lunaro je 482913. Nikomu ho neposkytujte. => 482913
Zadajte kód 7741 na prihlásenie. => 7741
Jednorazové heslo: 550271, platí 5 minút. => 550271
Zásielka 5518842 príde zajtra. =>
`,
	sl: `
Vaša potrditvena koda za Lunaro je 482913. Nikomur je ne posredujte. => 482913
Vnesite kodo 7741 za prijavo. => 7741
Enkratno geslo: 550271 => 550271
Pošiljka 5518842 je na poti. =>
`,
	hr: `
Vaš verifikacijski kod za Lunaro je 482913. Ne dijelite ga. => 482913
Unesite kod 7741 za prijavu. => 7741
Jednokratna lozinka: 550271 => 550271
Ваш верификациони код је 118204. Не делите га. => 118204
Paket 5518842 stiže sutra. =>
`,
	bg: `
Вашият код за потвърждение от Lunaro е 482913. Не го споделяйте. => 482913
Въведете код 7741 за вход. => 7741
Еднократна парола: 550271 => 550271
Пратка 5518842 пристига утре. =>
Сумата от 25,40 лв е платена. =>
`,
	mk: `
Вашиот код за верификација е 482913. Не споделувајте го. => 482913
Внесете код 7741 за најава. => 7741
Безбедносен код: 550271, важи 5 минути => 550271
`,
	ru: `
Ваш код подтверждения Lunaro: 482913. Никому его не сообщайте. => 482913
7741 - код для входа. => 7741
Одноразовый пароль 550271, действует 5 минут => 550271
Введите 118-204 для подтверждения номера. => 118204
Покупка 250,00 RUB, карта *4471. Код: 630118 => 630118
Пароль: 225518. Никому не говорите! => 225518
Ваш заказ 5518842 доставят 12 марта с 10:00 до 12:00. =>
Карта *4471: списание 250 р. Баланс 1284 р. =>
Скидка 20% по промокоду 447712 =>
Звоните 8 800 555 35 35 =>
`,
	uk: `
Ваш код підтвердження Lunaro: 482913. Нікому його не повідомляйте. => 482913
7741 — код для входу. => 7741
Одноразовий пароль: 550271, дійсний 5 хвилин => 550271
Введіть код 118204 на сайті. => 118204
Ваше замовлення 5518842 у дорозі. =>
Поповнення 250 грн на картку *4471. =>
`,
	be: `
Ваш код пацвярджэння Lunaro: 482913. Нікому яго не паведамляйце. => 482913
Увядзіце код 7741 для ўваходу. => 7741
Аднаразовы пароль: 550271 => 550271
`,
	lt: `
Jūsų patvirtinimo kodas Lunaro: 482913. Niekam jo neatskleiskite. => 482913
Prisijungimo kodas 7741 galioja 5 minutes. => 7741
550271 yra jūsų vienkartinis slaptažodis. => 550271
Siunta 5518842 atvyks rytoj. =>
`,
	lv: `
Jūsu apstiprinājuma kods Lunaro ir 482913. Nevienam to neizpaudiet. => 482913
Ievadiet kodu 7741, lai pieslēgtos. => 7741
Vienreizējā parole: 550271 => 550271
Sūtījums 5518842 pienāks rīt. =>
`
};
