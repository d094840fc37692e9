let context: AudioContext | null = null;

/** Browsers play nothing before somebody pressed something on the page: from the first press on there is a tone to play. */
export function prepareTone(signal: AbortSignal): void {
	const prepare = () => {
		context ??= new AudioContext();
		void context.resume();
	};
	for (const event of ['pointerdown', 'keydown'] as const)
		document.addEventListener(event, prepare, { signal, once: true, passive: true });
}

/** Two soft notes, a third of a second. False: the browser does not let this page sound (yet). */
export async function playTone(): Promise<boolean> {
	context ??= new AudioContext();
	const resumed = context.resume().then(() => true);
	const waiting = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300));
	if (!(await Promise.race([resumed, waiting])) || context.state !== 'running') return false;
	[660, 880].forEach((hertz, at) => note(hertz, at * 0.13));
	return true;
}

function note(hertz: number, after: number): void {
	if (!context) return;
	const begin = context.currentTime + after;
	const [tone, volume] = [context.createOscillator(), context.createGain()];
	tone.frequency.value = hertz;
	volume.gain.setValueAtTime(0, begin);
	volume.gain.linearRampToValueAtTime(0.08, begin + 0.015);
	volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.2);
	tone.connect(volume).connect(context.destination);
	tone.start(begin);
	tone.stop(begin + 0.22);
}
