import { mountPanel } from "../ui/panel.ts";
import "./evaluation-panel.ts";

mountPanel("touchstone-evaluation");
