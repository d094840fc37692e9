import { SegmentedMessage } from 'sms-segments-calculator';
import { countSegments } from '#core/segments.ts';
import { alternate, type Result } from './measure.ts';

const perRound = 10;
const rounds = 15;

const sentence = 'Could we drop our bags at the desk before noon tomorrow? ';

/** What people write and what sits at a border: both encodings, one segment and many. */
const texts = [
	'Ok',
	'On our way, ten minutes.',
	sentence.repeat(2),
	sentence.repeat(3),
	sentence.repeat(9),
	'w'.repeat(160),
	'w'.repeat(161),
	'w'.repeat(306),
	'w'.repeat(307),
	`${'w'.repeat(152)}€${'w'.repeat(20)}`,
	'{'.repeat(80),
	'{'.repeat(153),
	'Room [12] ~ 5€ | code {4711} ^ \\',
	'Ça va, señor? ΔΦ à la carte, 20 £',
	'é'.repeat(70),
	'First line\nsecond line\nthird line',
	'We’re at the gate — see you soon…',
	'“Yes”, that’s ours. '.repeat(8),
	'潮'.repeat(70),
	'潮'.repeat(71),
	'潮が満ちる前に港へ着きます。'.repeat(10),
	'Завтра в полдень у входа, пожалуйста. '.repeat(3),
	'نلتقي غدا عند المدخل. '.repeat(4),
	'See you 🐚',
	'🐚'.repeat(35),
	'🐚'.repeat(67),
	`${'潮'.repeat(66)}🐚${'潮'.repeat(10)}`
];

/** Counting the segments of a mix of texts against Twilio's own calculator, which has to give the same answers. */
export async function segments(): Promise<Result> {
	const differing = texts.filter((text) => {
		const ours = countSegments(text);
		const theirs = new SegmentedMessage(text);
		return ours.encoding !== theirs.encodingName || ours.segments !== theirs.segmentsCount;
	});
	if (differing.length > 0) console.log('counted otherwise than Twilio does:', differing);
	let sum = 0;
	const round = (count: (text: string) => number) => () => {
		const start = performance.now();
		for (let turn = 0; turn < perRound; turn++) for (const text of texts) sum += count(text);
		return Promise.resolve(performance.now() - start);
	};
	const medians = await alternate(
		rounds,
		round((text) => new SegmentedMessage(text).segmentsCount),
		round((text) => countSegments(text).segments)
	);
	const ratio = medians.candidate / medians.floor;
	const micros = (milliseconds: number) => (milliseconds * 1000) / (perRound * texts.length);
	return {
		name: `counting the segments of ${texts.length} texts, time against sms-segments-calculator`,
		ratio,
		bar: '≤ 0.05, the same answers',
		holds: ratio <= 0.05 && differing.length === 0 && sum > 0,
		figures: {
			'µs a text': micros(medians.candidate),
			"µs a text, Twilio's": micros(medians.floor),
			'texts counted otherwise': differing.length
		}
	};
}
