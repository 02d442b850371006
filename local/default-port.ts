/** Where `npm start` listens and `npm run chat` looks, unless told otherwise by `--port`. */
export const DEFAULT_PORT = 4510;
