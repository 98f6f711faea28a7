import { mountPanel } from "../ui/panel.ts";
import "./table-panel.ts";

mountPanel("touchstone-table");
