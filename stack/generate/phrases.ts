/**
 * What people and services write, made up for this. `{time}`, `{day}`, `{count}`, `{place}` and `{code}` are filled in;
 * a text is one to three sentences of its side.
 */
export type Language = {
	inbound: Sentences;
	outbound: Sentences;
	codes: Sentences;
	days: Sentences;
	places: Sentences;
};

type Sentences = readonly [string, ...string[]];

/** The languages, how often each is met (weights), and the names its contacts have. */
export const languages: readonly { weight: number; names: Sentences; texts: Language }[] = [
	{
		weight: 52,
		names: ['Amaka Eze', 'Walter Quinn', 'Ruth Gray', 'Peter Aldous', 'Jo Whitfield', 'Sam Okoro', 'Iris Kemp'],
		texts: {
			inbound: [
				'Hello, is somebody at the desk around {time}?',
				'Could we move our visit to {day}?',
				'Thank you, that helps a lot.',
				'We are {count} people now, is that all right?',
				'I am standing in front of {place} and cannot find the bell.',
				'The heating makes a strange noise again.',
				'Just sent me {code}, is that the one for the gate?',
				'Running late, sorry. Perhaps {time}.',
				'Ok 👍'
			],
			outbound: [
				'Good morning! Everything is ready for {day}.',
				'Of course, {time} suits us well.',
				'The entrance is beside {place}, the blue door.',
				'Your code for the key safe is {code}.',
				'We have noted {count} people.',
				'A colleague looks after it today and writes when it is done.',
				'Please tell us once you have arrived.',
				'You are welcome. Have a good journey!'
			],
			codes: [
				'{code} is your sign-in code. It is valid for 10 minutes. Never share this code.',
				'Your verification code: {code}',
				'Use G-{code} to confirm your number.',
				'Login attempt at {time}. If it was you, enter {code}.\n\n@example.com #{code}',
				'Your parcel arrives on {day} between 9 and {time}. No signature needed.'
			],
			days: ['Monday', 'Tuesday', 'Thursday', 'Saturday', 'the 14th'],
			places: ['the bakery', 'Harbour Row 4', 'the old ferry house', 'the tram stop']
		}
	},
	{
		weight: 14,
		names: ['Rosa Vidal', 'Tomás Rey', 'Lucía Prieto', 'Andrés Molina'],
		texts: {
			inbound: [
				'Buenas, ¿hay alguien en recepción a las {time}?',
				'¿Podríamos cambiar la visita al {day}?',
				'¡Muchas gracias por todo!',
				'Al final somos {count}, ¿está bien?',
				'No encuentro la entrada, estoy en {place}.',
				'Llegamos tarde, quizá a las {time} 🙏'
			],
			outbound: [
				'Buenos días, todo está listo para el {day}.',
				'Claro que sí, a las {time} nos viene bien.',
				'El código de la caja de llaves es {code}.',
				'La entrada está junto a {place}, la puerta azul.',
				'Apuntado: {count} personas.'
			],
			codes: [
				'{code} es su código de acceso. No lo comparta con nadie.',
				'Código de verificación: {code}. Caduca a las {time}.'
			],
			days: ['lunes', 'miércoles', 'viernes', 'domingo'],
			places: ['la panadería', 'el muelle', 'la plaza']
		}
	},
	{
		weight: 9,
		names: ['Ilse Brandt', 'Jörg Maurer', 'Anke Vogt', 'Malte Peters'],
		texts: {
			inbound: [
				'Guten Tag, ist gegen {time} noch jemand da?',
				'Könnten wir den Termin auf {day} verschieben?',
				'Vielen Dank, das hilft uns sehr.',
				'Wir sind jetzt zu {count}. Geht das in Ordnung?',
				'Die Heizung klopft schon wieder.',
				'Ich stehe vor {place} und finde die Klingel nicht.'
			],
			outbound: [
				'Guten Morgen! Für {day} ist alles vorbereitet.',
				'Natürlich, {time} passt gut.',
				'Der Code für den Schlüsselkasten lautet {code}.',
				'Der Eingang liegt neben {place}, die blaue Tür.',
				'Gern geschehen. Gute Reise!'
			],
			codes: ['Ihr Anmeldecode ist {code}. Geben Sie ihn niemandem weiter.', '{code} ist Ihr Code, gültig bis {time}.'],
			days: ['Montag', 'Mittwoch', 'Freitag', 'Sonntag'],
			places: ['der Bäckerei', 'dem Hafenamt', 'der Haltestelle']
		}
	},
	{
		weight: 8,
		names: ['Camille Moreau', 'Luc Besnard', 'Élodie Garnier', 'Hugo Perrin'],
		texts: {
			inbound: [
				"Bonjour, y a-t-il quelqu'un à l'accueil vers {time} ?",
				'Pourrions-nous décaler la visite à {day} ?',
				'Merci beaucoup, à bientôt !',
				'Nous serons {count}, est-ce possible ?',
				'Je suis devant {place}, je ne trouve pas la sonnette.'
			],
			outbound: [
				'Bonjour, tout est prêt pour {day}.',
				'Bien sûr, {time} nous convient.',
				'Le code de la boîte à clés est {code}.',
				"L'entrée se trouve à côté de {place}.",
				"C'est noté pour {count} personnes."
			],
			codes: [
				'Votre code de connexion est {code}. Ne le communiquez à personne.',
				'{code} : votre code, valable 10 minutes.'
			],
			days: ['lundi', 'mardi', 'jeudi', 'samedi'],
			places: ['la boulangerie', 'la gare', 'la mairie']
		}
	},
	{
		weight: 6,
		names: ['田辺 由紀', '小川 健', '森 彩香'],
		texts: {
			inbound: [
				'チェックインは{time}からできますか？',
				'{day}に変更をお願いできますか。',
				'ありがとうございます。助かりました。',
				'{count}名になりましたが、大丈夫でしょうか。',
				'今、{place}の前にいます。入口が見つかりません。'
			],
			outbound: [
				'{day}の準備ができております。',
				'はい、{time}で承りました。',
				'鍵ボックスの番号は{code}です。',
				'入口は{place}の隣の青い扉です。'
			],
			codes: [
				'認証コードは{code}です。他人に教えないでください。',
				'【確認】{code} を入力してください。有効期限は10分です。'
			],
			days: ['月曜日', '水曜日', '土曜日'],
			places: ['パン屋', '駅', '港の事務所']
		}
	},
	{
		weight: 6,
		names: ['ليلى منصور', 'سامي حداد', 'هدى النجار'],
		texts: {
			inbound: [
				'مساء الخير، هل يوجد أحد في الاستقبال عند {time}؟',
				'هل يمكن تأجيل الموعد إلى {day}؟',
				'شكرا جزيلا لكم.',
				'أصبحنا {count} أشخاص، هل هذا ممكن؟'
			],
			outbound: [
				'صباح النور، كل شيء جاهز ليوم {day}.',
				'بالتأكيد، {time} مناسب لنا.',
				'رمز صندوق المفاتيح هو {code}.',
				'المدخل بجانب {place}.'
			],
			codes: ['رمز الدخول الخاص بك هو {code}. لا تشاركه مع أحد.', '{code} هو رمز التحقق، صالح حتى {time}.'],
			days: ['الاثنين', 'الأربعاء', 'السبت'],
			places: ['المخبز', 'المحطة', 'الميناء']
		}
	},
	{
		weight: 5,
		names: ['Inês Duarte', 'Caio Ramos', 'Teresa Lobo'],
		texts: {
			inbound: [
				'Bom dia, há alguém na recepção às {time}?',
				'Podemos mudar a visita para {day}?',
				'Muito obrigado, ajudou muito!',
				'Agora somos {count}, pode ser?'
			],
			outbound: [
				'Bom dia, está tudo pronto para {day}.',
				'Claro, às {time} está ótimo.',
				'O código da caixa de chaves é {code}.',
				'A entrada fica ao lado de {place}.'
			],
			codes: ['{code} é o seu código de acesso. Não o partilhe.', 'Código de verificação: {code}'],
			days: ['segunda', 'quinta', 'sábado'],
			places: ['padaria', 'estação', 'praça']
		}
	}
];

/** Services that text codes: what they sign with instead of a number. */
export const services = ['Stayfare', 'PARCELO', 'Bankline', '72840', '30165', 'Tidepay', 'VERIFY'] as const;

/** What teams are called and what their numbers are for. */
export const trades = ['Stays', 'Dental', 'Couriers', 'Garage', 'Clinic', 'Rentals', 'Tutors', 'Repairs'] as const;
export const places = [
	'Tern',
	'Alder',
	'Quarry',
	'Lantern',
	'Saltmarsh',
	'Juniper',
	'Orchard',
	'Kestrel',
	'Ridge',
	'Cove'
] as const;
export const desks = ['Guest desk', 'Bookings', 'Owners', 'Support', 'Night line', 'Sign-ins', 'Drivers'] as const;
