import { mountPanel } from "../ui/panel.ts";
import "./compare-panel.ts";

mountPanel("touchstone-compare");
