/** Port of the cloud that `npm start` starts and `npm run chat` uses, unless `--port` names another. */
export const DEFAULT_PORT = 4510;
