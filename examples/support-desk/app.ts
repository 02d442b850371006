import { App } from "aws-cdk-lib";
import { SupportDesk } from "./support-desk.ts";

const app = new App();
new SupportDesk(app, "support-desk", { description: "A support desk with a chat" });
