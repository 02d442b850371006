import { join } from "node:path";

/** Where the built page is: what `npm start` serves and what is deployed; without its `config.json`. */
export const WEB_PAGE = join(import.meta.dirname, "..", ".build", "web");
