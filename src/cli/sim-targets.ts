import type { SimOptions } from './sim-options.ts';
export async function showTargets(_options: SimOptions): Promise<void> {}
