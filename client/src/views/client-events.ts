import type { CoreEvents } from "../api/events.ts";
import type { ConversationInfo } from "./conversation-info.ts";

export interface ClientEvents extends CoreEvents<ConversationInfo> {}
