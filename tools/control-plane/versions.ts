/**
 * The Kubernetes version of the demo and the end-to-end tests, without the leading `v`. go.mod pins the same
 * one; a test compares the two.
 */
export const kubernetesVersion = '1.36.3';
