/** The wild cluster bootstrap stands in `inference`, as it sees a fit's scores and bread alone; it is reachable here as well, beside the fits it takes. */
export {
  type WildClusterBootstrapOptions,
  type WildClusterBootstrapResult,
  type WildClusterBootstrapSettings,
  type WildResult,
  wildClusterBootstrap,
  wildClusterBootstrapAsync,
} from "../inference/wild-cluster-bootstrap.ts";
