export { type BundleOptions, bundle } from "./bundle.mjs";
