/** A first request, in the languages that are asked for most. `url` is where the API is; the key stays out of the code. */
export function examples(url: string): readonly { name: string; code: string }[] {
	return [
		{ name: 'curl', code: `curl ${url}/v1/me \\\n  -H "Authorization: Bearer $CUM_KEY"` },
		{
			name: 'TypeScript',
			code: [
				`const answer = await fetch('${url}/v1/me', {`,
				'  headers: { authorization: `Bearer ${process.env.CUM_KEY}` }',
				'});',
				'console.log(await answer.json());'
			].join('\n')
		},
		{
			name: 'supabase-js',
			code: [
				"import { createClient } from '@supabase/supabase-js';",
				'',
				`const cum = createClient('${url}', process.env.CUM_KEY, {`,
				"  db: { schema: 'api' }",
				'});',
				"console.log(await cum.from('phone_numbers').select('e164'));"
			].join('\n')
		}
	];
}
