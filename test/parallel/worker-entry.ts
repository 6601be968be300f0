import { serveTasks } from "../../src/parallel/index.ts";
import { resampleMeans, troubled } from "./tasks.ts";

serveTasks([resampleMeans, troubled]);
