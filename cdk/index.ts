/** Public API of `parley/cdk`. */

export type { CustomDomainProps } from "./constructs/api/custom-domain.ts";
export type { CognitoTokens, OidcTokens, TokenIssuer, Tokens } from "./constructs/auth/token-issuer.ts";
export type { EventFamily, EventType } from "./constructs/messaging/chat-events.ts";
export type { AlarmOptions } from "./constructs/monitoring/alarms/chat-alarms.ts";
export { ParleyChat, type ParleyChatProps } from "./constructs/parley-chat.ts";
export type { WebPageClient, WebPageDomain, WebPageOptions } from "./constructs/web-page/web-page-options.ts";
