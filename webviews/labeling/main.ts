import { mountPanel } from "../ui/panel.ts";
import "./labeling-panel.ts";

mountPanel("touchstone-labeling");
