/** How the API server knows the resource. The CRD, the reflector and the commands all take the names from here. */
export const GROUP = 'alb.alibabacloud.com';
export const VERSION = 'v1alpha1';
export const KIND = 'AlbListener';
export const PLURAL = 'alblisteners';
