// placeholder until the version module lands
export type Range = string;
