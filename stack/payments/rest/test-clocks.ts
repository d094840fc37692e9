/** https://docs.stripe.com/api/test_clocks */
import * as z from 'zod';
import { advance, newClock, type TestClock } from '../clocks.ts';
import { found, read, text, whole, type Route } from './call.ts';
import { invalid } from './errors.ts';
import { answerList, listShape } from './lists.ts';

export const testClocks: Route[] = [
	{
		method: 'POST',
		path: '/test_helpers/test_clocks',
		name: 'test_clocks.create',
		answer: (call) => {
			const asked = read(call, z.strictObject({ frozen_time: whole, name: text.optional() }));
			return newClock(call.records, asked.frozen_time, asked.name ?? null);
		}
	},
	{
		method: 'GET',
		path: '/test_helpers/test_clocks',
		name: 'test_clocks.list',
		answer: (call) => answerList(call, 'test_helpers.test_clock', read(call, z.strictObject(listShape)))
	},
	{
		method: 'GET',
		path: '/test_helpers/test_clocks/:id',
		name: 'test_clocks.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'test_helpers.test_clock', call.id);
		}
	},
	{
		method: 'POST',
		path: '/test_helpers/test_clocks/:id/advance',
		name: 'test_clocks.advance',
		answer: (call) => {
			const { frozen_time } = read(call, z.strictObject({ frozen_time: whole }));
			const clock = found<TestClock>(call.records, 'test_helpers.test_clock', call.id);
			if (frozen_time <= clock.frozen_time) {
				throw invalid('The frozen time has to be later than the one the clock has.', { param: 'frozen_time' });
			}
			return advance(call.records, clock, frozen_time);
		}
	}
];
