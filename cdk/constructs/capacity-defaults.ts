import { ADMISSION_DEPTH, CHANNELS, STAGE_THROTTLE } from "../../wiring/manifest.ts";

/** Default rates, lanes and concurrency of a chat, which the construct and the environments share. */
export const CAPACITY_DEFAULTS = {
  throttle: STAGE_THROTTLE,
  lanes: 1,
  admissionDepth: ADMISSION_DEPTH,
  maximumConcurrency: {
    entries: CHANNELS.entries.trigger.maximumConcurrency,
    outbound: CHANNELS.outbound.trigger.maximumConcurrency,
    notices: CHANNELS.notices.trigger.maximumConcurrency,
  },
} as const;
