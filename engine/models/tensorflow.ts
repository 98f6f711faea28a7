import * as tensorflow from "@tensorflow/tfjs";

/** TensorFlow.js as a file of its own (`dist/tensorflow.cjs`): two megabytes that nothing loads before a model asks. */
export { tensorflow };
