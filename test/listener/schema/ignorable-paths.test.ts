import { expect, it } from 'vitest';
import { IGNORABLE_PATHS } from '../../../src/listener/schema/ignorable-paths.ts';
import { createListenerFields } from '../../support/create-listener-fields.ts';

it('is every setting that can be changed, a list as one', () => {
  const fixed = new Set(['loadBalancerId', 'listenerProtocol', 'listenerPort']);
  const fromTheApiPage = createListenerFields('HTTPS')
    .map((field) => field.replace(/\.N\..*/, '').replace(/^Tag$/, 'Tags'))
    .map((field) => field.replaceAll(/(^|\.)[A-Z]/g, (start) => start.toLowerCase()))
    .filter((path) => !fixed.has(path));
  const byOtherOperations = [
    'additionalCertificates',
    'aclConfig',
    'logConfig.accessLogRecordCustomizedHeadersEnabled',
    'logConfig.accessLogTracingConfig.tracingEnabled',
    'logConfig.accessLogTracingConfig.tracingSample',
    'logConfig.accessLogTracingConfig.tracingType',
  ];
  expect(IGNORABLE_PATHS.toSorted()).toEqual([...new Set(fromTheApiPage), ...byOtherOperations].toSorted());
});
