import { mountPanel } from "../ui/panel.ts";
import "./storage-panel.ts";

mountPanel("touchstone-storage");
