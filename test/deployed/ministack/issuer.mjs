/**
 * Redirects requests to Cognito's host name on AWS to MiniStack, which has no DNS in front of it. Loaded into the process
 * of every function on MiniStack, before the function.
 */
const { AWS_ENDPOINT_URL } = process.env;
const fetchAnywhere = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const { hostname, pathname } = new URL(input);
  const isCognito = /^cognito-idp\.[\w-]+\.amazonaws\.com$/.test(hostname);
  return fetchAnywhere(isCognito ? new URL(pathname, AWS_ENDPOINT_URL) : input, init);
};
