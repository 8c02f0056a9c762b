declare module "*.css";
declare const PRECACHE: readonly string[];
declare const VERSION: string;
