import { mountPanel } from "../ui/panel.ts";
import "./run-panel.ts";

mountPanel("touchstone-run");
