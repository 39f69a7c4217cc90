import type { Mutation } from './plant.ts';

/** Defects that the simulation must find. */
export const mutations: readonly Mutation[] = [];
