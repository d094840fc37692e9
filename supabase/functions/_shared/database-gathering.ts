type Waiting<Item, Answer> = { item: Item; done: (answer: Answer) => void; fail: (error: unknown) => void };

/**
 * Questions about the same thing are asked one after another; what comes meanwhile goes together with the next, `most` at once.
 * A crowd costs few round trips so, and does not queue for the locks of its own rows. Where one fails, those that went with it do.
 * @param ask answers each of some questions, in their order
 */
export function gathering<Item, Answer>(
	ask: (items: readonly [Item, ...Item[]]) => Promise<readonly Answer[]>,
	most: number
): (about: string, item: Item) => Promise<Answer> {
	const lines = new Map<string, Waiting<Item, Answer>[]>();

	async function serve(about: string, line: Waiting<Item, Answer>[]): Promise<void> {
		for (let group = line.splice(0, most); group.length > 0; group = line.splice(0, most)) await askFor(group);
		lines.delete(about);
	}

	async function askFor(group: readonly Waiting<Item, Answer>[]): Promise<void> {
		const [first, ...others] = group.map(({ item }) => item);
		try {
			const answers = first === undefined ? [] : await ask([first, ...others]);
			group.forEach(({ done, fail }, place) => {
				const answer = answers[place];
				if (answer === undefined) fail(new Error('a question was not answered'));
				else done(answer);
			});
		} catch (error) {
			for (const { fail } of group) fail(error);
		}
	}

	return (about, item) =>
		new Promise<Answer>((done, fail) => {
			const waiting = { item, done, fail };
			const line = lines.get(about);
			if (line) {
				line.push(waiting);
				return;
			}
			const own = [waiting];
			lines.set(about, own);
			void serve(about, own);
		});
}
