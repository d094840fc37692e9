/** A text a line, then `=>` and its code, or nothing where it holds none; ⏎ is a line's end. */
export const west = {
	es: `
Tu código de verificación de Lunaro es 482913. No lo compartas con nadie. => 482913
Su clave de acceso es 7741, válida por 5 minutos. => 7741
550271 es tu código para iniciar sesión en Harbour. => 550271
Usa el código 118-204 para confirmar tu número. => 118204
Contraseña de un solo uso: 630118. Vence en 3 min. => 630118
Tarjeta terminada en 4471: autoriza la compra de 35,90 € con el código 229018 => 229018
Compra de 35,90 EUR con tu tarjeta terminada en 4471 el 12/03/2026. =>
Tu pedido 5518842 llega mañana antes de las 18:00. =>
Descuento del 20% con el código promocional 447712. =>
Utilice 229018 para iniciar sesión => 229018
Ingrese 7741 para acceder a su cuenta. => 7741
Para entrar, escriba 551904. => 551904
Verificación: 630118 / 5 min => 630118
Su número de verificación es 443219 => 443219
Utilice la tarjeta 551884 para acceder al edificio. =>
Su cita está confirmada. Número de confirmación: 5518842 =>
Acceso: 229018, válido 5 min => 229018
`,
	pt: `
Seu código de verificação Lunaro é 482913. Não compartilhe com ninguém. => 482913
Use a senha temporária 7741 para entrar na sua conta. => 7741
O seu código de segurança: 550 271. Válido por 10 minutos. => 550271
118204 é o código de confirmação do seu cadastro. => 118204
Token SMS para autorizar o Pix de R$ 250,00: 630118 => 630118
Compra aprovada de R$ 89,90 no cartão final 4471 em 12/03. =>
Seu pedido 5518842 saiu para entrega. =>
Ligue 0800 123 4567 para falar com a central. =>
Use 229018 para entrar => 229018
Utilize 7741 para iniciar sessão no Lunaro => 7741
Para aceder à sua conta, introduza 551904. => 551904
Verificação: 630118 / 5 min => 630118
Seu número de verificação é 443219 => 443219
Use o cartão 551884 para entrar no prédio. =>
`,
	fr: `
Votre code de vérification Lunaro est 482913. Ne le partagez jamais. => 482913
Votre code de connexion : 7741. Il est valable 5 minutes. => 7741
550 271 est votre code d'accès à usage unique. => 550271
Saisissez 118204 pour confirmer votre inscription. => 118204
Achat de 35,90 EUR : validez avec le code 630118. => 630118
Votre colis 5518842 arrive demain entre 10h et 12h. =>
Code promo 447712 : -20% jusqu'au 12/03. =>
Virement de 1000,00 EUR effectué le 01/12/2025. =>
Utilisez 229018 pour vous connecter => 229018
Pour vous connecter, tapez 551904. => 551904
Utilise 7741 pour te connecter à Lunaro => 7741
Vérification : 630118 / 5 min => 630118
443219 est votre numéro de vérification => 443219
Utilisez le vol 551884 et votre accès au salon. =>
Votre rendez-vous est confirmé. Numéro de confirmation : 5518842 =>
Votre identité est vérifiée, 551884 est votre numéro de dossier. =>
Connexion : 229018, valable 5 min => 229018
`,
	it: `
Il tuo codice di verifica Lunaro è 482913. Non condividerlo con nessuno. => 482913
Inserisci 7741 per confermare l'accesso. => 7741
Password monouso: 550271, valida 3 minuti. => 550271
118204 è il codice di sicurezza per il tuo conto. => 118204
Autorizza la spesa di 35,90 euro con il codice 630118. => 630118
Il tuo ordine 5518842 è stato spedito. =>
Carta che termina con 4471: spesa di 35,90 euro. =>
Codice sconto 447712 per il 20% in meno. =>
Usa 229018 per accedere => 229018
Per accedere, digita 551904. => 551904
Immetti 7741 per entrare in Lunaro => 7741
Verifica: 630118 / 5 min => 630118
Il tuo numero di verifica è 443219 => 443219
Usa la carta 551884 per accedere alla sala. =>
La visita è confermata. Numero di conferma: 5518842 =>
Accesso: 229018, valido 5 minuti => 229018
`,
	de: `
Ihr Bestätigungscode für Lunaro lautet 482913. Geben Sie ihn nicht weiter. => 482913
7741 ist dein Anmeldecode. Er ist 5 Minuten gültig. => 7741
TAN: 550271 für die Überweisung von 250,00 EUR an DE02****4417 => 550271
Dein Einmalpasswort: 118204 => 118204
Sicherheitscode 630-118 eingeben => 630118
Ihr Paket 5518842 kommt heute zwischen 10:00 und 12:00 Uhr. =>
Rabattcode 447712 für 20% bis 12.03.2026 =>
Rufen Sie uns unter 030 901820 an. =>
Ihre Kundennummer ist 551884. =>
Benutzen Sie 229018 zur Anmeldung => 229018
Zur Anmeldung bitte 229018 eingeben. => 229018
Nutzen Sie 7741, um sich bei Lunaro anzumelden. => 7741
Verifizierung: 551904 / 3 Min. => 551904
TAN fuer Ueberweisung an DE02 1203 0000 0000 2020 51: 630118 => 630118
TAN für Überweisung über 1.250,00 EUR auf AT61 1904 3002 3457 3201 lautet 630118 => 630118
Ihr Bestaetigungscode lautet 118204, gueltig 5 Minuten. => 118204
Überweisung an DE02 1203 0000 0000 2020 51 ist eingegangen: 630118 =>
Benutzen Sie Gleis 12 und Zug 551884 zur Anreise. =>
Benutzen Sie die Kundennummer 551884 zur Anmeldung. =>
Zur Anmeldung am 12.03. kommen 551884 Gäste. =>
Anmeldung: 229018 (5 Min.) => 229018
Der Code ist abgelaufen. Rufen Sie 551884 an. =>
`,
	nl: `
Je verificatiecode voor Lunaro is 482913. Deel deze code met niemand. => 482913
Gebruik 7741 om in te loggen. => 7741
Uw eenmalige code: 550271 (10 minuten geldig) => 550271
118204 is je bevestigingscode. => 118204
Voer beveiligingscode 630118 in. => 630118
Je pakket 5518842 wordt vandaag tussen 10:00 en 12:00 bezorgd. =>
Kortingscode 447712: 20% korting. =>
Afschrijving van € 35,90 van rekening *4471. =>
Gebruik 229018 om in te loggen => 229018
Gebruik 7741 om u aan te melden bij Lunaro => 7741
Om in te loggen, typ 551904. => 551904
Verificatie: 630118 / 5 min => 630118
443219 is uw verificatienummer => 443219
Gebruik pas 551884 voor toegang tot de garage. =>
`,
	sv: `
Din verifieringskod för Lunaro är 482913. Dela inte koden med någon. => 482913
Ange 7741 för att logga in. => 7741
Engångskod: 550271, giltig i 10 minuter. => 550271
118204 är din säkerhetskod. => 118204
Bekräftelsekod 630118 => 630118
Ditt paket 5518842 kommer i morgon. =>
Rabattkod 447712 ger 20% rabatt. =>
Köp på 359 kr med kort som slutar på 4471. =>
Använd 229018 för att logga in => 229018
För att logga in, ange 551904. => 551904
Skriv in 7741 för att fortsätta inloggningen => 7741
Verifiering: 630118 / 5 min => 630118
Använd kort 551884 för att logga in i kassan. =>
Inloggning: 229018, giltig 5 min => 229018
`,
	da: `
Din bekræftelseskode til Lunaro er 482913. Del ikke koden med andre. => 482913
Indtast 7741 for at logge ind. => 7741
Engangskode: 550271, gyldig i 10 minutter. => 550271
118204 er din adgangskode. => 118204
Din ordre 5518842 er afsendt. =>
Ring til os på 70 12 34 56 =>
`,
	no: `
Din bekreftelseskode for Lunaro er 482913. Ikke del den med noen. => 482913
Skriv inn 7741 for å logge inn. => 7741
Engangspassord: 550271 => 550271
118204 er sikkerhetskoden din. => 118204
Pakke 5518842 er klar til henting. =>
Betaling på 359 kr fra konto 12341234567. =>
`,
	ca: `
El teu codi de verificació de Lunaro és 482913. No el comparteixis. => 482913
Introdueix 7741 per confirmar l'accés. => 7741
Codi de seguretat: 550271 => 550271
La teva comanda 5518842 arriba demà. =>
`
};
