/** The control surface for what goes wrong: faults, each so many times, and scenarios, by chance from a seed. */
import { Hono } from 'hono';
import { Fault, NewScenario, type Faults } from './faults.ts';
import { answerBadInput, parse } from './input.ts';
import { knownScenarios } from './scenarios.ts';

export function createDays(faults: Faults): Hono {
	const app = new Hono();

	app.post('/faults', async (c) => {
		const fault = await parse(c, Fault);
		faults.add(fault);
		return c.json(fault, 201);
	});

	app.delete('/faults', (c) => {
		faults.clear();
		return c.body(null, 204);
	});

	app.get('/scenarios', (c) =>
		c.json({
			active: faults.scenarios(),
			known: Object.entries(knownScenarios).map(([name, { says }]) => ({ name, says }))
		})
	);

	app.post('/scenarios', async (c) => {
		const scenario = await parse(c, NewScenario);
		faults.begin(scenario);
		return c.json(scenario, 201);
	});

	app.delete('/scenarios', (c) => {
		faults.endScenarios();
		return c.body(null, 204);
	});

	app.onError(answerBadInput);
	return app;
}
